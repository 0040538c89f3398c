import { I18nProvider } from '@lingui/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Route, Switch } from 'wouter'
import { connect } from './connect.ts'
import { dress } from './dress.ts'
import { i18n, speak, useT } from './i18n.ts'
import { Operator } from './Operator.tsx'
import { followHistory, useView } from './view.ts'

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 30_000, refetchOnWindowFocus: false } },
})

/** Theme and language follow the address. */
function useDress(): void {
  const theme = useView((view) => view.theme)
  const language = useView((view) => view.language)
  useEffect(() => dress(theme), [theme])
  useEffect(() => speak(language), [language])
}

function NoSuchPage() {
  const { t } = useT()
  return (
    <main className="empty">
      <b>{t('page.missing')}</b>
      <a href="/">{t('page.home')}</a>
    </main>
  )
}

export function App() {
  useDress()
  useEffect(followHistory, [])
  useEffect(() => connect(queries), [])
  return (
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <Switch>
          <Route path="/" component={Operator} />
          <Route component={NoSuchPage} />
        </Switch>
      </QueryClientProvider>
    </I18nProvider>
  )
}
