import type { UseQueryResult } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ListFilter, ServerOff, TriangleAlert } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { formatNumber } from '../format.ts'
import { useT } from '../i18n.ts'
import { onKey } from '../keys.ts'
import { isFiltered } from '../rows.ts'
import { network, useScene, useSecond, useSummary } from '../state.ts'
import { setView, useView } from '../view.ts'
import { FilterChips } from './FilterChips.tsx'
import { SiteRow } from './SiteRow.tsx'
import { type Rows, useRows } from './use-rows.ts'
import { useWards } from './use-wards.ts'

/** Off the first paint: a popover is wanted later than the list. */
const Filters = lazy(() => import('./Filters.tsx').then((module) => ({ default: module.Filters })))

const ROW_REM = 3.25
const rowHeight = () => ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
const ANNOUNCE_EVERY_MS = 10_000

function Skeleton() {
  return [78, 64, 86, 58, 72, 80, 61, 75].map((width) => (
    <div key={width} className="sk-row">
      <span className="skel" />
      <div>
        <span className="skel" style={{ width: `${width}%` }} />
        <span className="skel" style={{ width: `${width - 22}%` }} />
      </div>
    </div>
  ))
}

function Failed({ query }: { query: UseQueryResult }) {
  const { t } = useT()
  return (
    <div className="empty" role="alert">
      <TriangleAlert size={26} aria-hidden />
      <b>{t('list.error')}</b>
      <span>{query.error?.message}</span>
      <div className="row">
        <button type="button" className="btn" onClick={() => void query.refetch()}>
          {t('retry')}
        </button>
      </div>
    </div>
  )
}

function Nothing() {
  const { t } = useT()
  const filtered = isFiltered(useView())
  if (!filtered) {
    return (
      <div className="empty">
        <ServerOff size={26} aria-hidden />
        <b>{t('list.none')}</b>
        <span>{t('list.none.hint')}</span>
      </div>
    )
  }
  const clear = () => setView({ question: '', kinds: [], states: [], ward: null, inView: false })
  return (
    <div className="empty">
      <ListFilter size={26} aria-hidden />
      <b>{t('list.hidden', { n: network.sites.size })}</b>
      <div className="row">
        <button type="button" className="btn" onClick={clear}>
          {t('filter.clear')} <kbd>Shift</kbd>
          <kbd>F</kbd>
        </button>
      </div>
    </div>
  )
}

/** Says the counts to a screen reader, at most once in ten seconds. */
function Announcer() {
  const { t } = useT()
  const [text, setText] = useState('')
  useEffect(() => {
    const tell = () => setText(t('list.announce', { ...useSummary.getState().counts }))
    const timer = setInterval(tell, ANNOUNCE_EVERY_MS)
    return () => clearInterval(timer)
  }, [t])
  return (
    <p className="sr" aria-live="polite">
      {text}
    </p>
  )
}

function useRowKeys(rows: Rows, reveal: (index: number) => void): void {
  useEffect(() => {
    const step = (by: number) => () => {
      const { site } = useView.getState()
      const from = rows.ids.indexOf(site ?? useScene.getState().hovered ?? '')
      const to = Math.min(rows.ids.length - 1, Math.max(0, from + by))
      const id = rows.ids[to]
      if (id === undefined) return
      if (site === null) useScene.setState({ hovered: id })
      else setView({ site: id })
      reveal(to)
    }
    const open = () => {
      const { hovered } = useScene.getState()
      if (hovered !== null) setView({ site: hovered })
    }
    const stops = [onKey('next', step(1)), onKey('previous', step(-1)), onKey('open', open), onKey('admit', rows.admit)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [rows, reveal])
}

/** What keeps the order still. */
interface Hold {
  pointer: boolean
  focus: boolean
}

const FREE: Hold = { pointer: false, focus: false }

function VirtualRows({ rows, onHold }: { rows: Rows; onHold: (change: Partial<Hold>) => void }) {
  const { t } = useT()
  const now = useSecond()
  const wards = useWards()
  const selected = useView((view) => view.site)
  const hovered = useScene((scene) => scene.hovered)
  useSummary((summary) => summary.counts)
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.ids.length,
    getScrollElement: () => box.current,
    estimateSize: rowHeight,
    overscan: 6,
  })
  const reveal = useCallback((index: number) => virtual.scrollToIndex(index), [virtual])
  useRowKeys(rows, reveal)
  const active = selected ?? hovered
  return (
    // biome-ignore lint/a11y/useSemanticElements: fifty thousand virtual rows are no table
    <div
      ref={box}
      className="rows"
      role="grid"
      tabIndex={0}
      aria-label={t('list.title')}
      aria-rowcount={rows.ids.length}
      aria-activedescendant={active === null ? undefined : `row-${active}`}
      data-testid="site-list"
      onFocus={() => onHold({ focus: true })}
      onBlur={() => onHold({ focus: false })}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const site = network.sites.get(rows.ids[index] ?? '')
          if (!site) return null
          return (
            <SiteRow
              key={site.id}
              site={site}
              ward={wards.get(site.ward ?? '')}
              index={index}
              now={now}
              selected={site.id === selected}
              hovered={site.id === hovered}
              style={{ transform: `translateY(${start}px)` }}
            />
          )
        })}
      </div>
    </div>
  )
}

/** Rows follow the network by a beat: sites without rows and without a filter are on their way. */
function stateOf(query: UseQueryResult, rows: number, filtered: boolean): 'loading' | 'error' | 'empty' | 'ready' {
  if (rows > 0) return 'ready'
  if (query.isError) return 'error'
  if (query.isPending || (network.sites.size > 0 && !filtered)) return 'loading'
  return 'empty'
}

/** The sites, worst first: the text beside the map, and its alternative. */
export function SiteList({ query }: { query: UseQueryResult }) {
  const { t, language } = useT()
  const view = useView()
  const [hold, setHold] = useState(FREE)
  const change = (part: Partial<Hold>) => setHold((before) => ({ ...before, ...part }))
  const rows = useRows(hold.pointer || hold.focus, view, query.isSuccess)
  const state = stateOf(query, rows.ids.length, isFiltered(view))
  // Rows that went away can no longer say that the hand has left them.
  useEffect(() => {
    if (state !== 'ready') setHold(FREE)
  }, [state])
  return (
    <section className="pane list" aria-label={t('list.title')} data-testid="list-pane" data-state={state}>
      <div className="p-h">
        <h2>
          {t('list.title')}
          <em data-testid="list-count">{state === 'loading' ? '' : formatNumber(language, rows.ids.length)}</em>
        </h2>
        <i className="fill" />
        <button
          type="button"
          className="check"
          aria-pressed={view.inView}
          title={t('list.inView.key')}
          onClick={() => setView({ inView: !view.inView })}
        >
          {t('list.inView')}
        </button>
        <Suspense fallback={<span className="btn icon quiet" />}>
          <Filters />
        </Suspense>
      </div>
      <FilterChips />
      {state === 'loading' && <Skeleton />}
      {state === 'error' && <Failed query={query} />}
      {state === 'empty' && <Nothing />}
      {state === 'ready' && (
        <div
          className="held"
          onPointerEnter={() => change({ pointer: true })}
          onPointerLeave={() => change({ pointer: false })}
        >
          <VirtualRows rows={rows} onHold={change} />
          {rows.waiting > 0 && (
            <button type="button" className="newrows" data-testid="newcomers" onClick={rows.admit}>
              {t('list.waiting', { n: rows.waiting })} <kbd>N</kbd>
            </button>
          )}
        </div>
      )}
      <Announcer />
    </section>
  )
}
