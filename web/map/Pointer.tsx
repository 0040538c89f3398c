import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import { useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import { formatAge } from '../format.ts'
import { useT } from '../i18n.ts'
import type { SiteRecord } from '../network.ts'
import { WORST_FIRST } from '../rows.ts'
import { network, useScene, useSecond } from '../state.ts'
import { setView, useView } from '../view.ts'
import { useMap } from './context.ts'
import { shownOnMap } from './shown.ts'

/** How far from a mark the pointer still means it. */
const REACH_PX = 12

/** The site that the pointer means: the worst within reach, then the nearest. */
function siteAt(map: MapLibre, point: { x: number; y: number }): SiteRecord | null {
  const shown = shownOnMap(useView.getState())
  const corner = map.unproject([point.x - REACH_PX, point.y - REACH_PX])
  const opposite = map.unproject([point.x + REACH_PX, point.y + REACH_PX])
  let best: { site: SiteRecord; rank: number; away: number } | null = null
  for (const site of network.sites.values()) {
    if (
      site.lon < corner.lng ||
      site.lon > opposite.lng ||
      site.lat > corner.lat ||
      site.lat < opposite.lat ||
      !shown(site)
    )
      continue
    const { x, y } = map.project([site.lon, site.lat])
    const away = Math.hypot(x - point.x, y - point.y)
    const fault = WORST_FIRST.indexOf(site.state)
    const rank = Math.min(fault, 2)
    if (!best || rank < best.rank || (rank === best.rank && away < best.away)) best = { site, rank, away }
  }
  return best?.site ?? null
}

function Preview({ site, map }: { site: SiteRecord; map: MapLibre }) {
  const { t, language } = useT()
  const now = useSecond()
  const { x, y } = map.project([site.lon, site.lat])
  const since = site.state === 'ok' ? site.at : site.since
  return (
    <div className="card preview" style={{ left: x, top: Math.max(y, 48) }}>
      <b>{language === 'vi' ? site.name : site.nameEn}</b>
      <span>
        {t(`state.${site.state}`)}
        {since !== null && ` · ${formatAge(t, now - since, now)}`}
      </span>
    </div>
  )
}

/** Hover previews, click opens; a touch that hits nothing changes nothing. */
export function Pointer() {
  const map = useMap()
  const [pointed, setPointed] = useState<SiteRecord | null>(null)
  useEffect(() => {
    let queued = 0
    const move = (event: MapMouseEvent) => {
      cancelAnimationFrame(queued)
      queued = requestAnimationFrame(() => {
        const site = siteAt(map, event.point)
        map.getCanvas().style.cursor = site ? 'pointer' : ''
        setPointed(site)
        useScene.setState({ hovered: site?.id ?? null })
      })
    }
    const leave = () => {
      setPointed(null)
      useScene.setState({ hovered: null })
    }
    const click = (event: MapMouseEvent) => {
      const site = siteAt(map, event.point)
      if (site) setView({ site: site.id })
    }
    map.on('mousemove', move)
    map.on('mouseout', leave)
    map.on('movestart', leave)
    map.on('click', click)
    return () => {
      cancelAnimationFrame(queued)
      map.off('mousemove', move)
      map.off('mouseout', leave)
      map.off('movestart', leave)
      map.off('click', click)
    }
  }, [map])
  return pointed && createPortal(<Preview site={pointed} map={map} />, map.getContainer())
}
