import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCompiledCatalog } from '@lingui/cli/api'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const LAYERS = ['coast', 'wards', 'roads', 'places'] as const
const GEO = fileURLToPath(new URL('../infra/geo/', import.meta.url))
const LOCALES = fileURLToPath(new URL('./locales/', import.meta.url))
const PLATFORM = 'http://127.0.0.1:8080'

type Position = [lon: number, lat: number]
interface Coast {
  features: { properties: { id: string; group?: string }; geometry: { coordinates: Position[][] } }[]
}

/** The files of the layers; the coast is the one moved onto WGS 84. */
const FILES: Readonly<Record<(typeof LAYERS)[number], string>> = {
  coast: 'coast-aligned.geojson',
  wards: 'wards.geojson',
  roads: 'roads.geojson',
  places: 'places.geojson',
}
const layerText = (layer: (typeof LAYERS)[number]) => readFileSync(`${GEO}${FILES[layer]}`, 'utf8')

/** Web Mercator, 0…1 of the world × 100,000, so that the sketch and the map share one projection. */
function project([lon, lat]: Position): Position {
  const y = (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360))) / 360
  return [((lon + 180) / 360) * 1e5, y * 1e5]
}

/** Douglas–Peucker: drops points closer than `tolerance` to the line through their neighbours. */
function simplify(points: Position[], tolerance: number): Position[] {
  if (points.length < 3) return points
  const [first, last] = [points[0] as Position, points.at(-1) as Position]
  const length = Math.hypot(last[0] - first[0], last[1] - first[1])
  let farthest = 0
  let at = 0
  for (const [index, [x, y]] of points.entries()) {
    const away =
      length === 0
        ? Math.hypot(x - first[0], y - first[1])
        : Math.abs((last[0] - first[0]) * (first[1] - y) - (first[0] - x) * (last[1] - first[1])) / length
    if (away > farthest) [farthest, at] = [away, index]
  }
  if (farthest <= tolerance) return [first, last]
  return [...simplify(points.slice(0, at + 1), tolerance).slice(0, -1), ...simplify(points.slice(at), tolerance)]
}

/** Groups of islands drawn finely; the mainland and its islets are only a backdrop. */
const OURS = ['phu-quoc', 'an-thoi', 'tho-chau']
/** Half a pixel when the whole island is on screen. */
const FINE = 0.13
const COARSE = 1.2

function pathOf(features: Coast['features'], tolerance: (group: string) => number): string {
  return features
    .map(({ properties, geometry }) =>
      simplify((geometry.coordinates[0] ?? []).map(project), tolerance(properties.group ?? '')),
    )
    .filter((ring) => ring.length > 4)
    .map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}z`)
    .join('')
}

/** The sketch of the coast that stands in the page itself, and the base layers beside it as static files. */
function geography(): Plugin {
  const module = '\0virtual:coast'
  const sketch = () => {
    const coast = JSON.parse(layerText('coast')) as Coast
    const island = coast.features.filter(({ properties }) => properties.id === 'phu-quoc')
    return {
      all: pathOf(coast.features, (group) => (OURS.includes(group) ? FINE : COARSE)),
      island: pathOf(island, () => 0.5),
    }
  }
  return {
    name: 'geography',
    resolveId: (id) => (id === 'virtual:coast' ? module : null),
    load(id) {
      if (id !== module) return null
      const { all, island } = sketch()
      return `export const COAST_PATH = ${JSON.stringify(all)}\nexport const ISLAND_PATH = ${JSON.stringify(island)}`
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle }) => ({
        html: html.replace('<!--coast-->', `<path d="${sketch().all}"/>`),
        // The map is wanted as soon as the list stands: fetched at once, run later.
        tags: Object.keys(bundle ?? {})
          .filter((file) => /^assets\/MapView-[^/]*\.js$/.test(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
            injectTo: 'head',
          })),
      }),
    },
    generateBundle() {
      for (const layer of LAYERS) {
        this.emitFile({
          type: 'asset',
          fileName: `geo/${layer}.geojson`,
          source: JSON.stringify(JSON.parse(layerText(layer))),
        })
      }
    },
    configureServer(server) {
      server.middlewares.use('/geo', (request, response, next) => {
        const layer = LAYERS.find((name) => request.url === `/${name}.geojson`)
        if (!layer) return next()
        response.setHeader('content-type', 'application/geo+json').end(layerText(layer))
      })
    },
  }
}

/** `virtual:catalog/vi` is locales/vi.json with its ICU messages compiled; a message that does not parse fails the build. */
function catalogs(): Plugin {
  const prefix = 'virtual:catalog/'
  return {
    name: 'catalogs',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return null
      const locale = id.slice(prefix.length + 1)
      this.addWatchFile(`${LOCALES}${locale}.json`)
      const texts = JSON.parse(readFileSync(`${LOCALES}${locale}.json`, 'utf8')) as Record<string, string>
      const { source, errors } = createCompiledCatalog(locale, texts, { namespace: 'es' })
      if (errors.length > 0)
        throw new Error(errors.map((error) => `${locale}: ${error.id}: ${error.error.message}`).join('\n'))
      return source
    },
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), geography(), catalogs()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': PLATFORM, '/socket.io': { target: PLATFORM, ws: true } },
  },
})
