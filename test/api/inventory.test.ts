import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatInventory } from '../../domain/inventory-file.ts'
import { type Bench, openBench, sensorOf, smallCity, span } from './fixture.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

async function post(path: string, body: string, type = 'application/geo+json') {
  const answer = await fetch(`${bench.url}/api/v1/inventory/${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type, 'accept-language': 'en' },
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely here
  return { status: answer.status, json: (await answer.json()) as any }
}
const city = smallCity()
const file = formatInventory({ ...city, sites: [...city.sites.slice(1), sensorOf('sensor-9')] })

describe('an inventory file', () => {
  it('is previewed without changing anything', async () => {
    const { status, json } = await post('preview', file)
    expect(status).toBe(200)
    expect(json).toEqual({
      replace: false,
      changes: [{ what: 'site', id: 'sensor-9', change: 'added', fields: [] }],
      unchanged: 6,
      errors: [],
    })
    const replaced = await post('preview?replace=true', file, 'application/json')
    expect(replaced.json.changes).toContainEqual({ what: 'site', id: 'bts-1', change: 'removed', fields: [] })
    expect(await bench.registry.sites()).toHaveLength(6)
  })

  it('names line and field of every bad row, and then imports nothing', async () => {
    const bad = formatInventory({
      sites: [sensorOf('sensor-9'), sensorOf('sensor-10', { interval_s: -1 })],
      links: [{ ...span, id: 'l9', b: 'ghost' }],
      groups: [],
    })
    const preview = await post('preview', bad)
    expect(preview.status).toBe(200)
    expect(preview.json.errors).toMatchObject([
      { line: 3, id: 'sensor-10', path: 'interval_s' },
      { line: 4, id: 'l9', path: 'b' },
    ])
    const refused = await post('import', bad)
    expect(refused.status).toBe(422)
    expect(refused.json.errors.map(({ path }: { path: string }) => path)).toEqual([
      'line 3 sensor-10 interval_s',
      'line 4 l9 b',
    ])
    expect(await bench.registry.site('sensor-9')).toBeUndefined()
  })

  it('may leave out what is usual for a kind, but not the ward of a site', async () => {
    const { interval_s: _interval, transit: _transit, ...properties } = sensorOf('sensor-9')
    const { position, ward: _ward, ...unplaced } = properties
    const send = (fields: object) => {
      const geometry = { type: 'Point', coordinates: [position.lon, position.lat] }
      const feature = { type: 'Feature', id: 'sensor-9', geometry, properties: fields }
      return post('preview', JSON.stringify({ type: 'FeatureCollection', features: [feature] }))
    }
    expect((await send({ ...unplaced, ward: null })).json).toMatchObject({ changes: [{ id: 'sensor-9' }], errors: [] })
    const { errors } = (await send(unplaced)).json
    expect(errors).toMatchObject([{ line: 1, id: 'sensor-9', path: 'ward' }])
    expect(errors[0].message).toContain('expected string')
  })

  it('is refused when it is larger than the setting allows, which is named', async () => {
    const { status, json } = await post('preview', `"${'x'.repeat(65 * 1024 * 1024)}"`)
    expect(status).toBe(413)
    expect(json.detail).toContain('PQ_HTTP_IMPORT_MIB')
  })

  it('is imported, and seen at once', async () => {
    expect((await post('import?replace=true', file)).status).toBe(200)
    const answer = await fetch(`${bench.url}/api/v1/sites`)
    const { features } = (await answer.json()) as { features: { id: string }[] }
    expect(features.map(({ id }) => id)).toEqual(['fn-1', 'fn-2', 'sensor-1', 'sensor-2', 'sensor-9', 'svc-1'])
  })

  it.each([
    ['no JSON', '{"type":', 'application/json', 422],
    ['no collection', '[]', 'application/json', 422],
    ['nothing', '', 'application/json', 422],
    ['a table', 'id,kind\n1,bts', 'text/csv', 415],
  ])('that is %s is refused', async (_, body, type, status) => {
    expect((await post('import', body, type)).status).toBe(status)
  })

  it('may be asked for with a misspelt parameter, which is named', async () => {
    const { status, json } = await post('import?replace=yes', file)
    expect([status, json.errors]).toEqual([400, [{ path: 'replace', message: 'true or false' }]])
  })
})
