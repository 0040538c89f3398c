import { COAST_PATH } from 'virtual:coast'
import { useT } from '../i18n.ts'
import { network } from '../state.ts'
import { camera } from './camera-commands.ts'
import { THO_CHAU, THO_CHAU_BOX, THO_CHAU_WARD } from './place.ts'
import { Dots } from './Sketch.tsx'

const ZOOM = 12

function* sites() {
  for (const site of network.sites.values()) if (site.ward === THO_CHAU_WARD) yield site
}

/** Thổ Châu, too far away for the main picture; a press goes there. */
export function Inset() {
  const { t } = useT()
  return (
    <button
      type="button"
      className="inset"
      aria-label={t('map.thoChau')}
      title={t('map.thoChau')}
      onClick={() => camera.to(THO_CHAU.lon, THO_CHAU.lat, ZOOM)}
    >
      <svg
        viewBox={THO_CHAU_BOX}
        style={{ width: '6.5rem', height: '4.625rem' }}
        preserveAspectRatio="xMidYMid slice"
        aria-hidden="true"
      >
        <path d={COAST_PATH} fill="var(--land)" stroke="var(--coast)" strokeWidth="0.3" />
        <Dots sites={sites()} radius={0.35} />
      </svg>
      <span>Thổ Châu</span>
    </button>
  )
}
