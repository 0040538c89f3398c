import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { linksQuery, sitesQuery } from './connect.ts'
import { useT } from './i18n.ts'
import { SiteList } from './list/SiteList.tsx'
import { MapPane } from './map/MapPane.tsx'
import { Band } from './shell/Band.tsx'
import { Banner } from './shell/Banner.tsx'
import { type Pane, PhoneBar } from './shell/PhoneBar.tsx'
import { Rail } from './shell/Rail.tsx'
import { Shortcuts } from './shell/Shortcuts.tsx'
import { StatusBar } from './shell/StatusBar.tsx'
import { Toast } from './shell/Toast.tsx'
import { useView } from './view.ts'

const SitePanel = lazy(() => import('./panel/SitePanel.tsx').then((panel) => ({ default: panel.SitePanel })))

/** The operator page: what burns, where, and how each site is. */
export function Operator() {
  const { t, language } = useT()
  const site = useView((view) => view.site)
  const sites = useQuery(sitesQuery)
  useQuery(linksQuery)
  const [pane, setPane] = useState<Pane>('map')
  useEffect(() => setPane((now) => (site !== null ? 'site' : now === 'site' ? 'list' : now)), [site])
  // The title follows the language
  useEffect(() => {
    document.title = t('page.title')
  }, [language])
  return (
    <div className="app">
      <Rail />
      <Band />
      <Banner />
      <main className={site === null ? 'main' : 'main with-site'} data-pane={pane}>
        <MapPane loading={sites.isPending} />
        <SiteList query={sites} />
        {site !== null && (
          <Suspense fallback={<section className="pane site" data-testid="site-panel" data-state="loading" />}>
            <SitePanel key={site} id={site} />
          </Suspense>
        )}
      </main>
      <StatusBar />
      <PhoneBar pane={pane} onPane={setPane} />
      <Shortcuts />
      <Toast />
    </div>
  )
}
