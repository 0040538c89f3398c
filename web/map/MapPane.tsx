import { Home, Link2, Minus, Plus } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { KINDS } from '../../domain/words.ts'
import { toggled } from '../address.ts'
import { formatClock, formatNumber } from '../format.ts'
import { useT } from '../i18n.ts'
import { Search } from '../list/Search.tsx'
import { KindIcon } from '../shell/Mark.tsx'
import { useConnection } from '../state.ts'
import { setView, useView } from '../view.ts'
import { camera } from './camera-commands.ts'
import { Inset } from './Inset.tsx'
import { Legend } from './Legend.tsx'
import { ScaleBar } from './ScaleBar.tsx'
import { Sketch } from './Sketch.tsx'

const MapView = lazy(() => import('./MapView.tsx').then((module) => ({ default: module.MapView })))

const hasWebGl = (() => {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
})()

/** Kinds and links to be seen: one filter with the list. Nothing pressed out means all. */
function Toggles() {
  const { t } = useT()
  const { kinds, links } = useView()
  const pressed = kinds.length === 0 ? KINDS : kinds
  const flip = (kind: (typeof KINDS)[number]) => {
    const next = toggled(pressed, kind)
    setView({ kinds: next.length === KINDS.length || next.length === 0 ? [] : next })
  }
  return (
    <fieldset className="seg" aria-label={t('filter.kind')}>
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={pressed.includes(kind)}
          aria-label={t(`kind.${kind}`)}
          title={t(`kind.${kind}`)}
          data-testid={`kind-${kind}`}
          onClick={() => flip(kind)}
        >
          <KindIcon kind={kind} size={15} />
        </button>
      ))}
      <button
        type="button"
        aria-pressed={links}
        aria-label={t('map.links')}
        title={t('map.links')}
        onClick={() => setView({ links: !links })}
      >
        <Link2 size={15} aria-hidden />
      </button>
    </fieldset>
  )
}

function Controls() {
  const { t } = useT()
  return (
    <div className="over tr">
      <div className="stack">
        <button
          type="button"
          className="btn icon"
          aria-label={t('map.zoomIn')}
          title={`${t('map.zoomIn')} (+)`}
          onClick={() => camera.zoomIn()}
        >
          <Plus size={16} aria-hidden />
        </button>
        <button
          type="button"
          className="btn icon"
          aria-label={t('map.zoomOut')}
          title={`${t('map.zoomOut')} (−)`}
          onClick={() => camera.zoomOut()}
        >
          <Minus size={16} aria-hidden />
        </button>
        <button
          type="button"
          className="btn icon"
          aria-label={t('map.island')}
          title={`${t('map.island')} (0)`}
          onClick={() => camera.island()}
        >
          <Home size={16} aria-hidden />
        </button>
      </div>
    </div>
  )
}

/** A frozen picture is dated. */
function Veil() {
  const { t } = useT()
  const { status, since } = useConnection()
  if (status !== 'lost') return null
  return (
    <div className="veil hatched" data-testid="veil">
      <div className="card">
        <b>{since === null ? t('connection.never') : t('veil.at', { at: formatClock(since) })}</b>
        {since !== null && <div className="soft">{t('veil.past')}</div>}
      </div>
    </div>
  )
}

/** The map, and what floats over it. The coast is there before the map is, and the list before both need the processor. */
export function MapPane({ loading }: { loading: boolean }) {
  const { t, language } = useT()
  const [shown, setShown] = useState(false)
  const show = useCallback(() => setShown(true), [])
  return (
    <section
      className="mapbox"
      aria-label={t('pane.map')}
      data-testid="map-pane"
      data-renderer={hasWebGl ? 'webgl' : 'svg'}
    >
      {!shown && <Sketch dots={!hasWebGl} />}
      {hasWebGl && !loading && (
        <Suspense>
          <MapView onShown={show} />
        </Suspense>
      )}
      <Veil />
      <div className="over tl">
        <Search />
        <Toggles />
      </div>
      {hasWebGl && <Controls />}
      <div className="over bl">
        <Inset />
        {hasWebGl && <ScaleBar language={language} format={formatNumber} />}
      </div>
      <div className="over br">
        <Legend />
      </div>
      <small className="credit">GSHHG · GeoNames · © OpenStreetMap</small>
      {loading && <div className="card loading">{t('map.loading')}</div>}
    </section>
  )
}
