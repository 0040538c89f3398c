import type { CSSProperties } from 'react'
import { formatAge } from '../format.ts'
import { useT } from '../i18n.ts'
import type { SiteRecord } from '../network.ts'
import { KindIcon, Mark } from '../shell/Mark.tsx'
import { useScene } from '../state.ts'
import { setView } from '../view.ts'

interface Props {
  site: SiteRecord
  ward: string | undefined
  index: number
  now: number
  selected: boolean
  hovered: boolean
  style: CSSProperties
}

/** One site in two lines: what it is and since when, where it is and how. */
export function SiteRow({ site, ward, index, now, selected, hovered, style }: Props) {
  const { t, language } = useT()
  const name = language === 'vi' ? site.name : site.nameEn
  const since = site.state === 'ok' ? site.at : site.since
  const what = site.system === null ? t(`kind.${site.kind}`) : t(`system.${site.system}`)
  return (
    // biome-ignore lint/a11y/useSemanticElements: fifty thousand virtual rows are no table
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid that holds the row has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: rows are reached by aria-activedescendant
    <div
      id={`row-${site.id}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={selected}
      className={`siterow ${site.state}${selected ? ' sel' : ''}${hovered ? ' hov' : ''}`}
      style={style}
      data-testid="site-row"
      data-id={site.id}
      data-kind={site.kind}
      data-state={site.state}
      onClick={() => setView({ site: site.id })}
      onPointerEnter={() => useScene.setState({ hovered: site.id })}
      onPointerLeave={() => useScene.setState({ hovered: null })}
    >
      <i aria-hidden />
      <Mark state={site.state} size={20} />
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      <div role="gridcell">
        <p>
          <b className="cut">{name}</b>
          {since !== null && <time>{formatAge(t, now - since, now)}</time>}
        </p>
        <p>
          <KindIcon kind={site.kind} system={site.system} size={14} />
          <span className="cut" title={what}>
            {site.id}
            {ward !== undefined && ` · ${ward}`}
          </span>
          <em>{t(`state.${site.state}`)}</em>
        </p>
      </div>
    </div>
  )
}
