import type { Metric } from '../../domain/metrics.ts'
import type { SeriesAnswer } from '../fetch.ts'
import { formatDay, formatMinute, formatValue } from '../format.ts'
import { useT } from '../i18n.ts'

/** The chart's numbers, newest first; an empty bucket says so. */
export function NumbersTable({ series, metric }: { series: SeriesAnswer; metric: Metric }) {
  const { t, language } = useT()
  const write = (value: number | null | undefined) => (value == null ? '–' : formatValue(t, language, metric, value))
  const rows = series.t.map((ms, at) => ({ ms, at })).reverse()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard
    <section className="numbers" tabIndex={0} aria-label={t('chart.table')} data-testid="numbers">
      <table className="tbl">
        <thead>
          <tr>
            <th>{t('chart.time')}</th>
            <th className="num">{t('chart.mean')}</th>
            <th className="num">{t('chart.min')}</th>
            <th className="num">{t('chart.max')}</th>
            <th className="num">{t('chart.count')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ ms, at }) => (
            <tr key={ms}>
              <td>{`${formatMinute(ms)} ${formatDay(ms)}`}</td>
              <td className="num">{series.mean[at] == null ? t('chart.nothing') : write(series.mean[at])}</td>
              <td className="num">{write(series.min[at])}</td>
              <td className="num">{write(series.max[at])}</td>
              <td className="num">{series.count[at]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
