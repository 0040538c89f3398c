import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleHelp, TriangleAlert, X } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { useEffect } from 'react'
import type { Tab } from '../address.ts'
import { onSite } from '../connect.ts'
import { RequestError, type SiteDetail } from '../fetch.ts'
import { formatAge } from '../format.ts'
import { useT } from '../i18n.ts'
import { useWards } from '../list/use-wards.ts'
import { KindIcon, Mark } from '../shell/Mark.tsx'
import { network, useSecond, useSummary } from '../state.ts'
import { setView, useView } from '../view.ts'
import { Charts } from './Charts.tsx'
import { Neighbours } from './Neighbours.tsx'
import { Overview } from './Overview.tsx'
import { Parts } from './Parts.tsx'
import { mergeChange, siteQuery } from './site-query.ts'

function Close() {
  const { t } = useT()
  return (
    <button
      type="button"
      className="btn icon quiet"
      aria-label={t('close')}
      title={`${t('close')} (Esc)`}
      onClick={() => setView({ site: null })}
    >
      <X size={16} aria-hidden />
    </button>
  )
}

function Head({ site }: { site: SiteDetail }) {
  const { t, language } = useT()
  const now = useSecond()
  const ward = useWards().get(site.ward ?? '')
  const technologies = [...new Set(site.sectors.map((sector) => sector.technology.toUpperCase()))]
  const facts = [site.id, technologies.join('/'), site.system && t(`system.${site.system}`), ward].filter(Boolean)
  const late = site.at !== null && now > site.at + site.due_after_s * 1000
  const age = site.at === null ? t('site.never') : formatAge(t, now - site.at, now)
  return (
    <header className="site-h">
      <span>
        <KindIcon kind={site.kind} system={site.system ?? null} size={20} />
      </span>
      <div>
        <h2 className="cut">{language === 'vi' ? site.name : (site.name_en ?? site.name)}</h2>
        <p className="cut">{facts.join(' · ')}</p>
      </div>
      <div>
        <span className={late || site.at === null ? 'tag stale' : 'tag'} data-testid="site-age" title={t('site.age')}>
          {late ? t('age.old', { age }) : age}
        </span>
        <Close />
      </div>
    </header>
  )
}

/** What the state says in words; nothing while all is well. */
function Cause({ id }: { id: string }) {
  const { t } = useT()
  const now = useSecond()
  useSummary((summary) => summary.counts)
  const site = network.sites.get(id)
  if (!site || site.state === 'ok') return null
  return (
    <div className={`cause ${site.state}`} data-testid="site-state" data-state={site.state}>
      <Mark state={site.state} size={20} />
      <b>{t(`state.${site.state}`)}</b>
      {site.since !== null && <time>{formatAge(t, now - site.since, now)}</time>}
      <p>{t(`cause.${site.state}`)}</p>
    </div>
  )
}

function Body({ site }: { site: SiteDetail }) {
  const { t } = useT()
  const tab = useView((view) => view.tab)
  const parts =
    site.kind === 'bts' ? site.sectors.length : site.links.filter((link) => link.kind !== 'served-by').length
  const hasParts = site.kind === 'bts' || site.kind === 'fibre'
  return (
    <Tabs.Root
      value={tab === 'parts' && !hasParts ? 'overview' : tab}
      onValueChange={(next) => setView({ tab: next as Tab })}
      style={{ display: 'contents' }}
    >
      <Tabs.List className="tabs" aria-label={t('site.tabs')}>
        <Tabs.Trigger value="overview">{t('tab.overview')}</Tabs.Trigger>
        <Tabs.Trigger value="charts">{t('tab.charts')}</Tabs.Trigger>
        {hasParts && (
          <Tabs.Trigger value="parts">
            {t(site.kind === 'bts' ? 'tab.sectors' : 'tab.links')}
            <em>{parts}</em>
          </Tabs.Trigger>
        )}
        <Tabs.Trigger value="neighbours">
          {t('tab.neighbours')}
          <em>{site.links.length}</em>
        </Tabs.Trigger>
      </Tabs.List>
      <Cause id={site.id} />
      <Tabs.Content className="scroll" value="overview">
        <Overview site={site} />
      </Tabs.Content>
      <Tabs.Content className="scroll" value="charts">
        <Charts site={site} />
      </Tabs.Content>
      <Tabs.Content className="scroll" value="parts">
        <Parts site={site} />
      </Tabs.Content>
      <Tabs.Content className="scroll" value="neighbours">
        <Neighbours site={site} />
      </Tabs.Content>
    </Tabs.Root>
  )
}

function Loading() {
  return (
    <div className="sk-row">
      <span className="skel" />
      <div>
        <span className="skel" style={{ width: '62%' }} />
        <span className="skel" style={{ width: '40%' }} />
      </div>
      <Close />
    </div>
  )
}

function Failed({ error, again }: { error: Error; again: () => void }) {
  const { t } = useT()
  const missing = error instanceof RequestError && error.status === 404
  const Icon = missing ? CircleHelp : TriangleAlert
  return (
    <>
      <div className="p-h">
        <i className="fill" />
        <Close />
      </div>
      <div className="empty" role="alert">
        <Icon size={26} aria-hidden />
        <b>{t(missing ? 'site.missing' : 'site.error')}</b>
        <span>{error.message}</span>
        <div className="row">
          {!missing && (
            <button type="button" className="btn" onClick={again}>
              {t('retry')}
            </button>
          )}
        </div>
        {error instanceof RequestError && error.requestId && (
          <span className="mono mute">{`${error.requestId} · ${error.status}`}</span>
        )}
      </div>
    </>
  )
}

/** One site: how it is now, how it was, its parts, what it hangs on. */
export function SitePanel({ id }: { id: string }) {
  const { t } = useT()
  const queries = useQueryClient()
  const { data: site, error, refetch, isPending } = useQuery(siteQuery(id))
  useEffect(() => onSite(id, (change) => mergeChange(queries, change)), [id, queries])
  const state = site ? 'ready' : isPending ? 'loading' : 'error'
  return (
    <section className="pane site" aria-label={t('pane.site')} data-testid="site-panel" data-id={id} data-state={state}>
      {site && <Head site={site} />}
      {site && <Body site={site} />}
      {!site && isPending && <Loading />}
      {!site && error && <Failed error={error} again={() => void refetch()} />}
    </section>
  )
}
