import { Unplug } from 'lucide-react'
import { catalogue } from '../../domain/catalogue.ts'
import type { Metric } from '../../domain/metrics.ts'
import type { Kind } from '../../domain/words.ts'
import type { Latest, SiteDetail } from '../fetch.ts'
import { formatUnit, formatValue, isAbnormal } from '../format.ts'
import { type MessageId, useT } from '../i18n.ts'
import { network, useSecond } from '../state.ts'
import { setView } from '../view.ts'
import { isStale } from './figures.ts'

interface Column {
  title: string
  /** The first of these that the part reports. */
  metrics: readonly string[]
}

const SECTOR_COLUMNS: readonly Column[] = [
  { title: 'p50', metrics: ['rsrp_p50_dbm', 'ss_rsrp_p50_dbm', 'rscp_p50_dbm', 'rxlev_p50_dbm'] },
  { title: 'SINR', metrics: ['sinr_db'] },
  { title: 'PRB', metrics: ['prb_util_pct'] },
  { title: 'VSWR', metrics: ['vswr'] },
]

function Cell({ kind, latest, names, dueMs }: { kind: Kind; latest: Latest; names: readonly string[]; dueMs: number }) {
  const { t, language } = useT()
  const now = useSecond()
  const name = names.find((metric) => latest[metric] !== undefined)
  const value = name === undefined ? undefined : latest[name]
  if (name === undefined || value === undefined) return <td className="num mute">–</td>
  const metric = catalogue.find(kind, name)
  const stale = isStale(value, dueMs, now)
  const className = stale ? 'num stale' : isAbnormal(metric, value.value) ? 'num bad' : 'num'
  const unit = metric?.type === 'number' ? formatUnit(metric.unit) : ''
  return (
    <td
      className={className}
      title={[metric?.title[language], unit].filter(Boolean).join(', ')}
      data-metric={name}
      data-state={stale ? 'stale' : 'fresh'}
    >
      {formatValue(t, language, metric, value.value)}
    </td>
  )
}

const openCharts = (part: string) => setView({ part, tab: 'charts' })

function Sectors({ site }: { site: SiteDetail }) {
  const { t, language } = useT()
  const users = catalogue.find('bts', 'users')
  const dueMs = site.due_after_s * 1000
  return (
    <table className="tbl" data-testid="sectors">
      <thead>
        <tr>
          <th>Sector</th>
          <th>{t('sector.band')}</th>
          <th className="num">{t('sector.azimuth')}</th>
          {SECTOR_COLUMNS.map(({ title }) => (
            <th key={title} className="num">
              {title}
            </th>
          ))}
          <th className="num">{users?.title[language]}</th>
        </tr>
      </thead>
      <tbody>
        {site.sectors.map((sector) => (
          <tr key={sector.id} data-id={sector.id}>
            <td>
              <button type="button" title={t('parts.charts')} onClick={() => openCharts(sector.id)}>
                <b>{sector.id}</b>
              </button>
            </td>
            <td>{sector.band}</td>
            <td className="num">{sector.azimuth_deg}°</td>
            {[...SECTOR_COLUMNS.map(({ metrics }) => metrics), ['users']].map((names) => (
              <Cell key={names[0]} kind="bts" latest={sector.latest} names={names} dueMs={dueMs} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Short headings of what a port reports; the full name is the cell's title. */
const PORT_TITLES: Readonly<Record<string, MessageId>> = {
  link_up: 'port.state',
  rx_power_dbm: 'port.rx',
  tx_power_dbm: 'port.tx',
  ber: 'port.ber',
}

function PortHead({ metric }: { metric: Metric }) {
  const { t, language } = useT()
  const short = PORT_TITLES[metric.name]
  return (
    <th className="num" title={metric.title[language]}>
      {short ? t(short) : metric.title[language]}
    </th>
  )
}

function Spans({ site }: { site: SiteDetail }) {
  const { t, language } = useT()
  const metrics: Metric[] = [...catalogue.ofPart('fibre', 'link').values()]
  const spans = site.links.filter(({ kind }) => kind !== 'served-by')
  if (spans.length === 0) {
    return (
      <div className="empty">
        <Unplug size={26} aria-hidden />
        <b>{t('links.none')}</b>
      </div>
    )
  }
  return (
    <table className="tbl" data-testid="links">
      <thead>
        <tr>
          <th>{t('links.to')}</th>
          {metrics.map((metric) => (
            <PortHead key={metric.name} metric={metric} />
          ))}
        </tr>
      </thead>
      <tbody>
        {spans.map((link) => {
          const other = network.sites.get(link.other)
          return (
            <tr key={link.id} data-id={link.id} data-state={link.state}>
              <td>
                <button type="button" title={t('parts.charts')} onClick={() => openCharts(link.id)}>
                  <b className="cut">{(language === 'vi' ? other?.name : other?.nameEn) ?? link.other}</b>
                  <div className="note mute">{link.name ?? link.id}</div>
                </button>
              </td>
              {metrics.map(({ name }) => (
                <Cell key={name} kind="fibre" latest={link.latest} names={[name]} dueMs={site.due_after_s * 1000} />
              ))}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** A mast's sectors, or a node's spans port by port: a press opens the part's charts. */
export function Parts({ site }: { site: SiteDetail }) {
  return site.kind === 'bts' ? <Sectors site={site} /> : <Spans site={site} />
}
