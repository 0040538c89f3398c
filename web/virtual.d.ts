/** Made by vite.config.ts: a language's messages, compiled from locales/*.json. */
declare module 'virtual:catalog/*' {
  import type { Messages } from '@lingui/core'
  export const messages: Messages
}

/** Made by vite.config.ts from the coast file: islands as SVG path data in Web Mercator, 0…1 of the world × 100,000. */
declare module 'virtual:coast' {
  export const COAST_PATH: string
  export const ISLAND_PATH: string
}
