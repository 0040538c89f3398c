import { COAST_PATH } from 'virtual:coast'
import { useEffect, useRef, useState } from 'react'
import type { SiteRecord } from '../network.ts'
import { network, useSummary } from '../state.ts'
import { setView, useView } from '../view.ts'
import { fitPadding, ISLAND_BOUNDS, project } from './place.ts'

const SHELVES = [
  [58, 0.45],
  [34, 0.6],
  [15, 0.8],
] as const

const [west, south, east, north] = ISLAND_BOUNDS
const [left, top] = project(west, north)
const [right, bottom] = project(east, south)

/** World pixels of MapLibre at zoom 0. */
const WORLD_PX = 512

/** The part of the world that a map of this size shows, so that the sketch lies exactly under it. */
function viewBox(width: number, height: number, map: { lon: number; lat: number; zoom: number } | null): string {
  const free = fitPadding(width)
  const unitsPerPx = map
    ? 1e5 / (WORLD_PX * 2 ** map.zoom)
    : Math.max((right - left) / (width - free.left - free.right), (bottom - top) / (height - free.top - free.bottom))
  const [x, y] = map ? project(map.lon, map.lat) : [(left + right) / 2, (top + bottom) / 2]
  return `${x - (width * unitsPerPx) / 2} ${y - (height * unitsPerPx) / 2} ${width * unitsPerPx} ${height * unitsPerPx}`
}

const TOKENS: Partial<Record<SiteRecord['state'], string>> = {
  down: 'critical-edge',
  degraded: 'major-edge',
  stale: 'ink-2',
}

/** Every site as a dot: what a browser without WebGL gets instead of the map. */
export function Dots({ sites, radius }: { sites: Iterable<SiteRecord>; radius: number }) {
  useSummary((summary) => summary.counts)
  return [...sites].map((site) => {
    const [x, y] = project(site.lon, site.lat)
    const token = TOKENS[site.state]
    const hollow = site.state === 'stale' || site.state === 'unknown'
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: the list beside the map is the way for the keyboard
      <circle
        key={site.id}
        cx={x}
        cy={y}
        r={token === undefined ? radius : radius * 2}
        fill={hollow ? 'none' : `var(--${token ?? 'ok'})`}
        stroke={hollow ? `var(--${token ?? 'ok'})` : 'none'}
        strokeWidth={radius / 2}
        onClick={() => setView({ site: site.id })}
      />
    )
  })
}

/** The coast from the page itself: there at once, under the map until that is drawn, and instead of it without WebGL. */
export function Sketch({ dots }: { dots: boolean }) {
  const map = useView((view) => view.map)
  const svg = useRef<SVGSVGElement>(null)
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  useEffect(() => {
    if (!svg.current) return
    const observer = new ResizeObserver(([entry]) => entry && setSize(entry.contentRect))
    observer.observe(svg.current)
    return () => observer.disconnect()
  }, [])
  const { width, height } = size ?? { width: 480, height: 686 }
  return (
    <svg ref={svg} className="sketch" viewBox={viewBox(width, height, map)} role="img" aria-label="Phú Quốc">
      {SHELVES.map(([strokeWidth, opacity]) => (
        <path key={strokeWidth} className="shelf" d={COAST_PATH} strokeWidth={strokeWidth} opacity={opacity} />
      ))}
      <path className="land" d={COAST_PATH} />
      {dots && <Dots sites={network.sites.values()} radius={0.18} />}
    </svg>
  )
}
