import type { Kind, ServiceSystem, SiteState } from '../../domain/words.ts'
import { useT } from '../i18n.ts'
import { iconOf, STATE_MARKS } from '../marks.ts'

/** The mark of a state: shape, then glyph, then colour. `quiet` draws only the outline, for a count of zero. */
export function Mark({ state, size = 18, quiet = false }: { state: SiteState; size?: number; quiet?: boolean }) {
  const { t } = useT()
  const mark = STATE_MARKS[state]
  const rem = `${size / 16}rem`
  return (
    <svg
      className="badge"
      style={{ width: rem, height: rem }}
      viewBox="0 0 20 20"
      role="img"
      aria-label={t(`state.${state}`)}
    >
      <path
        d={mark.outline}
        fill={quiet || !mark.solid ? 'none' : `var(--${mark.fill})`}
        stroke={quiet ? 'var(--ink-mute)' : `var(--${mark.edge})`}
        strokeWidth={mark.solid && !quiet ? 1.2 : 1.6}
        strokeLinejoin="round"
        strokeDasharray={mark.dash.join(' ')}
      />
      {!quiet && mark.glyph !== '' && (
        <path
          d={mark.glyph}
          fill="none"
          stroke={`var(--${mark.ink})`}
          strokeWidth={2}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
    </svg>
  )
}

/** The line drawing of a kind or of a service system. */
export function KindIcon({
  kind,
  system = null,
  size = 16,
}: {
  kind: Kind
  system?: ServiceSystem | null
  size?: number
}) {
  const rem = `${size / 16}rem`
  return (
    <svg className="ic" style={{ width: rem, height: rem }} viewBox="0 0 20 20" aria-hidden="true">
      <path d={iconOf(kind, system)} />
    </svg>
  )
}
