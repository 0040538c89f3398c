import { Clock } from 'lucide-react'
import type { SiteDetail } from '../fetch.ts'
import { formatAge, formatNumber, formatUnit, formatValue, isAbnormal } from '../format.ts'
import { useT } from '../i18n.ts'
import { Mark } from '../shell/Mark.tsx'
import { useSecond } from '../state.ts'
import { type Figure, figuresOf, isStale, mainCharts } from './figures.ts'
import { SeriesChart } from './SeriesChart.tsx'
import { Spark } from './Spark.tsx'

/** One value: what, how much, how old if it is old. No threshold colours what is stale. */
function Tile({ site, figure }: { site: SiteDetail; figure: Figure }) {
  const { t, language } = useT()
  const now = useSecond()
  const { metric, latest, over } = figure
  const stale = isStale(latest, site.due_after_s * 1000, now)
  const bad = !stale && isAbnormal(metric, latest.value)
  const age = formatAge(t, now - latest.at, now)
  return (
    <div
      className={stale ? 'val stale' : bad ? 'val bad' : 'val'}
      data-testid="value"
      data-metric={metric.name}
      data-state={stale ? 'stale' : bad ? 'bad' : 'ok'}
      data-value={String(latest.value)}
      title={over ? `${t(over.how, { n: over.parts, of: over.of })} · ${age}` : age}
    >
      <dt>
        {stale && <Clock size={13} aria-hidden />}
        <span className="cut">{metric.title[language]}</span>
        {stale ? (
          <span>· {t('age.old', { age })}</span>
        ) : (
          over && <span className="cut">· {t(over.how, { n: over.parts, of: over.of })}</span>
        )}
      </dt>
      <dd>
        {bad && <Mark state="degraded" size={14} />}
        {formatValue(t, language, metric, latest.value)}
        {metric.type === 'number' && <i>{formatUnit(metric.unit)}</i>}
      </dd>
      {metric.type === 'number' && !over && <Spark siteId={site.id} metric={metric} />}
    </div>
  )
}

function Facts({ site }: { site: SiteDetail }) {
  const { t, language } = useT()
  const [lon = 0, lat = 0] = site.position
  const facts: [string, string | undefined][] = [
    [t('fact.position'), `${formatNumber(language, lat, 4)} · ${formatNumber(language, lon, 4)}`],
    [t('fact.interval'), site.interval_s ? t('fact.everySeconds', { n: site.interval_s }) : undefined],
    [t('fact.mast'), site.mast_height_m === undefined ? undefined : `${formatNumber(language, site.mast_height_m)} m`],
    [
      t('fact.battery'),
      site.battery_autonomy_h
        ? t('fact.hours', { n: site.battery_autonomy_h, shown: formatNumber(language, site.battery_autonomy_h) })
        : undefined,
    ],
    [t('fact.operator'), site.operator],
    [t('fact.address'), site.address],
    [t('fact.origin'), site.demonstration ? t('fact.demonstration') : undefined],
  ]
  return (
    <dl className="facts">
      {facts.map(([name, fact]) =>
        fact === undefined ? null : (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

/** Values now, the two charts that matter most, and the facts of the place. */
export function Overview({ site }: { site: SiteDetail }) {
  const { t } = useT()
  const figures = figuresOf(site, useSecond())
  return (
    <>
      {figures.length === 0 && (
        <div className="empty">
          <Clock size={26} aria-hidden />
          <b>{t('site.silent')}</b>
          <span>{t('site.silent.hint')}</span>
        </div>
      )}
      <dl className="vals" data-testid="values">
        {figures.map((figure) => (
          <Tile key={figure.key} site={site} figure={figure} />
        ))}
      </dl>
      {mainCharts(site).map((metric) => (
        <SeriesChart key={metric.name} site={site} metric={metric} part="" />
      ))}
      <Facts site={site} />
    </>
  )
}
