import { create } from 'zustand'
import type { Theme } from './address.ts'

/** Dark or light, as it is painted now. What reads colours out of the page follows this. */
export const useShade = create<{ shade: string }>(() => ({
  shade: document.documentElement.dataset['theme'] ?? 'dark',
}))

const prefersLight = matchMedia('(prefers-color-scheme: light)')

function paint(theme: Theme): void {
  const light = theme === 'light' || (theme === 'auto' && prefersLight.matches)
  const shade = light ? 'light' : 'dark'
  document.documentElement.dataset['theme'] = shade
  useShade.setState({ shade })
}

/** Paints a theme, and follows the system's wish where it is `auto`, until the returned function is called. */
export function dress(theme: Theme): () => void {
  paint(theme)
  const follow = () => paint(theme)
  prefersLight.addEventListener('change', follow)
  return () => prefersLight.removeEventListener('change', follow)
}

/** A token's value now: `token('critical-edge')`. */
export function readTokens(): (name: string) => string {
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(`--${name}`).trim()
}
