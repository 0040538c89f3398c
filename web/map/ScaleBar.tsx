import type { Language } from '../address.ts'
import { useScene } from '../state.ts'

const STEPS_KM = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
const KM_PER_DEGREE = 111.32
const WIDEST_REM = 6.5

interface Props {
  language: Language
  format: (language: Language, value: number, decimals: number) => string
}

/** The longest round distance that fits. */
export function ScaleBar({ language, format }: Props) {
  const frame = useScene((scene) => scene.frame)
  const widthPx = document.querySelector('.mapbox')?.clientWidth
  if (!frame || !widthPx) return null
  const [west, south, east, north] = frame
  const kmPerPx = ((east - west) * KM_PER_DEGREE * Math.cos((((south + north) / 2) * Math.PI) / 180)) / widthPx
  const km = STEPS_KM.findLast((step) => step / kmPerPx <= WIDEST_REM * 16) ?? 0.05
  return (
    <div className="scalebar" style={{ width: km / kmPerPx }} aria-hidden>
      <span>{km < 1 ? `${format(language, km * 1000, 0)} m` : `${format(language, km, 0)} km`}</span>
    </div>
  )
}
