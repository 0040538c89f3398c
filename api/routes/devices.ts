import * as z from 'zod'
import type { Site } from '../../domain/inventory.ts'
import { siteTopic } from '../../domain/topic.ts'
import { KINDS } from '../../domain/words.ts'
import type { Account, Registry } from '../../store/registry/port.ts'
import { answers, NOTHING, tableTypes } from '../answers.ts'
import { createDeviceCredential } from '../credential.ts'
import type { App, Deps } from '../deps.ts'
import { isoOf, isoOrNull } from '../geojson.ts'
import { fieldProblem, noSite, Problem } from '../problem.ts'
import { cursorParameter, enumParameter, formatParameter, limitParameter, page, siteIdParams } from '../query.ts'
import { credentialSchema, deviceListSchema, type deviceSchema, refusalListSchema } from '../schemas.ts'
import { fold, matches } from '../search.ts'
import { sendTable, type Table, tableFormat } from '../table.ts'

type Device = z.infer<typeof deviceSchema>

const devicesQuery = z.strictObject({
  kind: enumParameter(KINDS).optional(),
  q: z.string().max(100).optional(),
  credential: z.enum(['true', 'false']).optional().meta({ description: 'Only devices with, or without, a credential' }),
  limit: limitParameter,
  cursor: cursorParameter,
  format: formatParameter,
})

/** `/devices`: who may publish, and what was refused of it. */
export function deviceRoutes(app: App, deps: Deps): void {
  app.get(
    '/devices',
    {
      schema: {
        tags: ['devices'],
        summary: 'Devices and their credentials',
        querystring: devicesQuery,
        response: answers({ 200: ['Devices in order of site', tableTypes(deviceListSchema)] }),
      },
    },
    async (request, reply) => {
      const { query } = request
      const format = tableFormat(request, query.format)
      const devices = await devicesFor(deps, query)
      const { shown, next } = page(devices, query.limit, query.cursor)
      reply.header('cache-control', 'no-cache').header('vary', 'Accept')
      const items = shown.map(({ device }) => device)
      if (format !== 'json') return sendTable(reply, format, 'devices', deviceTable(items))
      return reply.type('application/json; charset=utf-8').send(JSON.stringify({ items, next }))
    },
  )
  app.get(
    '/devices/:siteId/refusals',
    {
      schema: {
        tags: ['devices'],
        summary: 'The last refused messages of a device, newest first',
        params: siteIdParams,
        response: answers({ 200: ['At most 20', refusalListSchema] }),
      },
    },
    async (request, reply) => {
      const site = siteOf(deps, request.params.siteId)
      return reply.header('cache-control', 'no-cache').send({ items: deps.present.refusalsOf(site.id), next: null })
    },
  )
  credentialRoutes(app, deps)
}

function credentialRoutes(app: App, deps: Deps): void {
  const { registry, clock } = deps
  app.post(
    '/devices/:siteId/credential',
    {
      schema: {
        tags: ['devices'],
        summary: 'A new secret, shown once; it replaces the old',
        params: siteIdParams,
        response: answers({ 201: ['What the device signs in with', credentialSchema] }),
      },
    },
    async (request, reply) => {
      await deps.inventory.refresh()
      const site = siteOf(deps, request.params.siteId)
      await refuseIntegration(registry, site.id)
      const { account, shown } = createDeviceCredential(site, clock.now())
      await registry.putAccount(account)
      return reply.code(201).header('cache-control', 'no-store').send(shown)
    },
  )
  app.delete(
    '/devices/:siteId/credential',
    {
      schema: {
        tags: ['devices'],
        summary: 'Revoke a credential: the device is cut off',
        params: siteIdParams,
        response: answers({ 204: ['Revoked', NOTHING] }),
      },
    },
    async (request, reply) => {
      const site = siteOf(deps, request.params.siteId)
      await refuseIntegration(registry, site.id)
      if (!(await registry.deleteAccount(site.id))) {
        throw new Problem('not-found', {
          vi: `Trạm ${site.id} không có thông tin đăng nhập; tạo bằng POST.`,
          en: `Site ${site.id} has no credential; make one with POST.`,
        })
      }
      return reply.code(204).send()
    },
  )
}

/** An integration that bears a site's name keeps its own account. */
async function refuseIntegration(registry: Registry, siteId: string): Promise<void> {
  const account = await registry.account(siteId)
  if (!account || account.role === 'device') return
  throw fieldProblem(
    'conflict',
    'siteId',
    `${siteId} đã là tên đăng nhập của một hệ thống tích hợp; thêm lại trạm với mã khác`,
    `${siteId} is the username of an integration; add the site anew under another id`,
  )
}

function siteOf({ inventory }: Deps, siteId: string): Site {
  const site = inventory.current().sites.get(siteId)
  if (!site) throw noSite(siteId)
  return site
}

async function devicesFor(deps: Deps, query: z.infer<typeof devicesQuery>) {
  const view = deps.inventory.current()
  const ofDevices = (await deps.registry.accounts()).filter(({ role }) => role === 'device')
  const accounts = new Map(ofDevices.map((account) => [account.username, account]))
  const words = fold(query.q ?? '')
    .split(' ')
    .filter(Boolean)
  const devices: { id: string; device: Device }[] = []
  for (const site of view.sites.values()) {
    const account = accounts.get(site.id)
    if (query.kind && !query.kind.includes(site.kind)) continue
    if (query.credential && (query.credential === 'true') !== (account !== undefined)) continue
    if (matches(view.textOf(site.id), words)) devices.push({ id: site.id, device: deviceOf(site, account, deps) })
  }
  return devices
}

function deviceOf(site: Site, account: Account | undefined, { present }: Deps): Device {
  const now = present.latest.sites.get(site.id)
  return {
    siteId: site.id,
    kind: site.kind,
    name: site.name,
    topic: siteTopic(site.kind, site.id, 'telemetry'),
    credential: account ? { username: account.username, createdAt: isoOf(account.createdAt) } : null,
    state: now?.state ?? 'unknown',
    at: isoOrNull(now?.at),
    refusals: present.refusalsOf(site.id).length,
  }
}

const deviceTable = (devices: readonly Device[]): Table => ({
  columns: ['site', 'kind', 'name', 'topic', 'username', 'credential_created_at', 'state', 'at', 'refusals'],
  rows: devices.map(({ siteId, kind, name, topic, credential, state, at, refusals }) => [
    siteId,
    kind,
    name,
    topic,
    credential?.username,
    credential?.createdAt,
    state,
    at,
    refusals,
  ]),
})
