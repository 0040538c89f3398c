import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readSettings, SETTING_NAMES } from '../../infra/settings.ts'

describe('settings', () => {
  it('have the defaults of the README when nothing is set, and an empty variable is nothing', () => {
    const settings = readSettings({ PQ_HTTP_PORT: '', DATABASE_URL: '' })
    expect(settings.platform).toMatchObject({
      PQ_DATA_DIR: './data',
      PQ_INVENTORY: 'demo',
      PQ_SIMULATE: 'on',
      PQ_TIME_SCALE: 1,
    })
    expect(settings.api).toMatchObject({ PQ_HTTP_HOST: '127.0.0.1', PQ_HTTP_PORT: 8080 })
    expect(settings.broker).toMatchObject({ PQ_MQTT_HOST: '127.0.0.1', PQ_MQTT_PORT: 1883, PQ_MQTT_WS_PORT: 8083 })
    expect(settings.platform.DATABASE_URL).toBeUndefined()
  })

  it.each([
    ['PQ_HTTP_PORT', 'eighty'],
    ['PQ_HTTP_PORT', '70000'],
    ['PQ_MQTT_PORT', '-1'],
    ['PQ_SIMULATE', 'maybe'],
    ['PQ_TIME_SCALE', '0'],
    ['PQ_LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://x/y'],
    ['PQ_HTP_PORT', '8080'],
  ])('%s=%s is named at start, with what it accepts', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name)
  })

  it('names every wrong one at once', () => {
    expect(() => readSettings({ PQ_HTTP_PORT: 'x', PQ_SIMULATE: 'y' })).toThrow(
      /PQ_SIMULATE[\s\S]*PQ_HTTP_PORT|PQ_HTTP_PORT[\s\S]*PQ_SIMULATE/,
    )
  })

  it('each stand in the table of the README', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    expect(SETTING_NAMES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })
})
