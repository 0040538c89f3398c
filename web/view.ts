import { create } from 'zustand'
import { formatView, parseView, type View } from './address.ts'

/** The store of what is chosen; the address is its only home. */

const kept = () => ({ theme: localStorage.getItem('pq.theme'), language: localStorage.getItem('pq.lang') })

export const useView = create<View>(() => parseView(location.search, kept()))

/** A step that Back undoes: opening or closing a site. Everything else replaces the address. */
const isStep = (before: View, after: View) => before.site !== after.site

/** Changes what is chosen, and the address with it. */
export function setView(change: Partial<View>): void {
  const before = useView.getState()
  const opened = change.site !== undefined && change.site !== before.site
  useView.setState(opened ? { part: '', ...change } : change)
  const after = useView.getState()
  localStorage.setItem('pq.theme', after.theme)
  localStorage.setItem('pq.lang', after.language)
  const address = location.pathname + formatView(after)
  if (isStep(before, after)) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

/** Follows Back and Forward until the returned function is called. */
export function followHistory(): () => void {
  const follow = () => useView.setState(parseView(location.search, kept()))
  addEventListener('popstate', follow)
  return () => removeEventListener('popstate', follow)
}
