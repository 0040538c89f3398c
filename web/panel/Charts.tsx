import { ChartLine } from 'lucide-react'
import type { SiteDetail } from '../fetch.ts'
import { useT } from '../i18n.ts'
import { network } from '../state.ts'
import { setView, useView } from '../view.ts'
import { chartable } from './figures.ts'
import { SeriesChart } from './SeriesChart.tsx'

/** Every number of the site, or of one of its parts, over 24 hours. */
export function Charts({ site }: { site: SiteDetail }) {
  const { t, language } = useT()
  const part = useView((view) => view.part)
  const links = site.links.filter((link) => link.kind === 'span' && site.kind === 'fibre')
  const known = part === '' || [...site.sectors, ...links].some(({ id }) => id === part)
  const metrics = chartable(site, known ? part : '')
  const nameOf = (id: string) => {
    const other = network.sites.get(id)
    return (language === 'vi' ? other?.name : other?.nameEn) ?? id
  }
  return (
    <>
      {site.sectors.length + links.length > 0 && (
        <label className="partpick">
          <span className="sr">{t('charts.part')}</span>
          <span className="field">
            <select
              value={known ? part : ''}
              data-testid="part"
              onChange={(event) => setView({ part: event.target.value })}
            >
              <option value="">{t('charts.site')}</option>
              {site.sectors.map((sector) => (
                <option key={sector.id} value={sector.id}>
                  {`Sector ${sector.id} · ${sector.band} · ${sector.azimuth_deg}°`}
                </option>
              ))}
              {links.map((link) => (
                <option key={link.id} value={link.id}>
                  {t('charts.link', { other: nameOf(link.other), id: link.id })}
                </option>
              ))}
            </select>
          </span>
        </label>
      )}
      {metrics.length === 0 && (
        <div className="empty">
          <ChartLine size={26} aria-hidden />
          <b>{t('charts.none')}</b>
        </div>
      )}
      {metrics.map((metric) => (
        <SeriesChart key={`${part}/${metric.name}`} site={site} metric={metric} part={known ? part : ''} />
      ))}
    </>
  )
}
