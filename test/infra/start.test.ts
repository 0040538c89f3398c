import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDataDir, removeData, runCli, startTestPlatform, type TestPlatform, testEnv } from '../harness/platform.ts'

describe('a start that can not be', () => {
  let dir: string
  let taken: Server
  let port: number

  beforeAll(async () => {
    taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    port = (taken.address() as { port: number }).port
  })
  afterAll(() => new Promise((resolve) => taken.close(resolve)))
  beforeEach(async () => {
    dir = await newDataDir()
  })
  afterEach(() => removeData(dir))

  it.each(['PQ_HTTP_PORT', 'PQ_MQTT_PORT'])(
    'says in one line that the port of %s is taken',
    async (name) => {
      const { code, stderr } = await runCli('start', [], testEnv(dir, { [name]: String(port) }))
      expect(code).toBe(1)
      const lines = stderr
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('{'))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(name)
      expect(lines[0]).toContain(String(port))
    },
    60_000,
  )

  it('names a wrong setting with what it accepts, before anything is made', async () => {
    const { code, stderr } = await runCli('start', [], testEnv(join(dir, 'new'), { PQ_TIME_SCALE: 'fast' }))
    expect(code).toBe(1)
    expect(stderr.trim()).toMatch(/^PQ_TIME_SCALE="fast" is not accepted: .*600$/)
  }, 60_000)

  it('names the line and field of a bad inventory, and loads nothing', async () => {
    const file = join(dir, 'mine.geojson')
    const site = {
      type: 'Feature',
      id: 'X-1',
      geometry: { type: 'Point', coordinates: [104, 95] },
      properties: { kind: 'sensor', id: 'X-1', name: 'X', measures: [] },
    }
    await writeFile(file, `{"type":"FeatureCollection","features":[\n${JSON.stringify(site)}\n]}`)
    const { code, stderr } = await runCli('start', [], testEnv(join(dir, 'data'), { PQ_INVENTORY: file }))
    expect(code).toBe(1)
    expect(stderr).toMatch(/mine\.geojson:2.*coordinates\[1\]/)
  }, 60_000)
})

describe('devices from the shell, beside a running platform', () => {
  let dataDir: string
  let platform: TestPlatform
  let siteId: string

  beforeAll(async () => {
    dataDir = await newDataDir()
    platform = await startTestPlatform({ dataDir })
    const list = (await (await fetch(`${platform.httpUrl}/api/v1/sites?kind=bts`)).json()) as {
      features: { id: string }[]
    }
    siteId = list.features[0]?.id as string
  })
  afterAll(async () => {
    await platform?.stop()
    await removeData(dataDir)
  })
  const devices = (...args: string[]) => runCli('devices', args, platform.env)

  it('a credential is JSON on request, and a ready line otherwise; the secret has 128 bits and more', async () => {
    const { stdout } = await devices('credential', siteId, '--json')
    const credential = JSON.parse(stdout) as { siteId: string; username: string; password: string; topic: string }
    expect(credential).toEqual({
      siteId,
      username: siteId,
      password: expect.any(String),
      topic: `pq/v1/bts/${siteId}/telemetry`,
    })
    expect(Buffer.from(credential.password, 'base64url').length).toBeGreaterThanOrEqual(16)
    const line = (await devices('credential', siteId)).stdout.trim()
    expect(line).toMatch(/^mosquitto_pub .* -t 'pq\/v1\/bts\/.*' -m '\{"m":\{/)
    expect(line).not.toContain(credential.password)
  }, 60_000)

  it('an account is listed without its secret, and ends when revoked', async () => {
    const made = await devices('integration', 'node-red', '--read', 'pq/v1/sensor/#', '--write', 'node-red/#', '--json')
    const { password } = JSON.parse(made.stdout) as { password: string }
    const listed = (await devices('list', '--json')).stdout
    expect(JSON.parse(listed)).toContainEqual(
      expect.objectContaining({ username: 'node-red', role: 'integration', readFilters: ['pq/v1/sensor/#'] }),
    )
    expect(listed).not.toContain(password)
    expect((await devices('revoke', 'node-red')).code).toBe(0)
    expect((await devices('revoke', 'node-red')).code).toBe(2)
    expect((await devices('credential', 'NO-SUCH-SITE')).stderr).toContain('NO-SUCH-SITE')
  }, 60_000)
})
