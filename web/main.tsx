import './styles/tokens.css'
import './styles/base.css'
import './styles/operator.css'
import './styles/map.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import * as z from 'zod/mini'
import { App } from './App.tsx'
import { speak } from './i18n.ts'
import { useView } from './view.ts'

/*
 * Answers become a picture.
 *
 *   REST ─ fetch ─┐
 *                 ├─ network (plain Map) ─┬─ map: feature states, 4 times a second
 *   feed ─ live ──┘                       └─ stores: counts, visible rows, the open site ─ React
 *
 * What is chosen stands in the URL alone (view.ts).
 */
// The page's policy forbids code made from text; zod shall not even try.
z.config({ jitless: true })
speak(useView.getState().language)
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
