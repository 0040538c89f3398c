import { Unplug } from 'lucide-react'
import type { SiteDetail, SiteLink } from '../fetch.ts'
import { type MessageId, useT } from '../i18n.ts'
import { KindIcon, Mark } from '../shell/Mark.tsx'
import { linkStates, network, useSummary } from '../state.ts'
import { setView } from '../view.ts'

interface Group {
  title: MessageId
  links: SiteLink[]
}

/** Upwards, sideways, downwards. */
function groupsOf(site: SiteDetail): Group[] {
  const served = site.links.filter(({ kind }) => kind === 'served-by')
  return [
    { title: 'neighbours.servedBy' as const, links: served.filter(({ a }) => a === site.id) },
    { title: 'neighbours.joined' as const, links: site.links.filter(({ kind }) => kind !== 'served-by') },
    { title: 'neighbours.serves' as const, links: served.filter(({ b }) => b === site.id) },
  ].filter(({ links }) => links.length > 0)
}

function Neighbour({ link }: { link: SiteLink }) {
  const { t, language } = useT()
  const other = network.sites.get(link.other)
  const state = linkStates.get(link.id) ?? link.state
  return (
    <li>
      <button
        type="button"
        data-id={link.other}
        data-link={link.id}
        data-state={state}
        onClick={() => setView({ site: link.other })}
      >
        {other ? <KindIcon kind={other.kind} system={other.system} size={16} /> : <span />}
        <span className="cut">
          {(language === 'vi' ? other?.name : other?.nameEn) ?? link.other}
          <span className="note mute">{` ${link.other}`}</span>
        </span>
        <em>
          {link.kind !== 'served-by' && `${t(`link.${link.kind}`)} · `}
          {t(`link.state.${state}`)} {other && <Mark state={other.state} size={14} />}
        </em>
      </button>
    </li>
  )
}

/** What the site hangs on, and what hangs on it. */
export function Neighbours({ site }: { site: SiteDetail }) {
  const { t } = useT()
  useSummary((summary) => summary.counts)
  const groups = groupsOf(site)
  if (groups.length === 0) {
    return (
      <div className="empty">
        <Unplug size={26} aria-hidden />
        <b>{t('neighbours.none')}</b>
      </div>
    )
  }
  return groups.map(({ title, links }) => (
    <section key={title} data-testid="neighbours">
      <div className="sec">
        <h3>{t(title)}</h3>
        <em>{links.length}</em>
      </div>
      <ul className="neigh">
        {links.map((link) => (
          <Neighbour key={link.id} link={link} />
        ))}
      </ul>
    </section>
  ))
}
