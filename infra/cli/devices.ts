/** Credentials of devices and integrations, from the shell, beside a running platform. */
import { parseArgs } from 'node:util'
import { catalogue } from '../../domain/catalogue.ts'
import type { Site } from '../../domain/inventory.ts'
import { CONTROL, ID_PATTERN, LIVE, siteTopic } from '../../domain/topic.ts'
import { isStageName } from '../../domain/words.ts'
import type { Registry } from '../../store/registry/port.ts'
import { generateSecret, hashSecret } from '../../store/registry/secret.ts'
import { readSettings, type Settings } from '../settings.ts'
import { registryForCommand } from '../stores.ts'
import { runCommand, UsageError } from './command.ts'

const USAGE = `devices credential SITE_ID [--json]     a new secret for a site; the old one ends within a second
devices revoke NAME                     ends a device's or an integration's access
devices list [--json]                   every account
devices integration NAME --read FILTER --write FILTER [--json]
                                        an account with explicit topic filters; each may be repeated`

/** A payload that the site may really send, so that the printed line works as it stands. */
function samplePayload(site: Site): string {
  // A sensor's own quantity has no usual value; the level of its modem has.
  const wanted =
    site.kind === 'sensor'
      ? site.measures.toSorted((a, b) => Number(b.endsWith('_dbm')) - Number(a.endsWith('_dbm')))
      : []
  const metrics = catalogue.ofPart(site.kind, 'site')
  const metric = wanted.length > 0 ? metrics.get(wanted[0] as string) : [...metrics.values()][0]
  if (!metric) throw new Error(`${site.id} measures nothing that the catalogue knows`)
  const [least, most] = metric.range ?? [0, 1]
  const { min = least, max = most, is = true } = metric.normal ?? {}
  return JSON.stringify({ m: { [metric.name]: metric.type === 'boolean' ? is : Math.round((min + max) / 2) } })
}

async function credential(registry: Registry, settings: Settings, siteId: string, json: boolean): Promise<string> {
  const site = await registry.site(siteId)
  if (!site) throw new UsageError(`there is no site ${siteId}; \`npm run inventory -- export\` lists them`)
  if (isStageName(siteId))
    throw new UsageError(`${siteId} is a stage of the platform; add the site anew under another id`)
  if ((await registry.account(siteId))?.role === 'integration')
    throw new UsageError(`${siteId} is an integration; revoke it first, or add the site anew under another id`)
  const password = generateSecret()
  await registry.putAccount({
    username: site.id,
    role: 'device',
    ...hashSecret(password),
    readFilters: [],
    writeFilters: [],
    createdAt: Date.now(),
  })
  const topic = siteTopic(site.kind, site.id, 'telemetry')
  if (json) return JSON.stringify({ siteId: site.id, username: site.id, password, topic })
  const { PQ_MQTT_HOST: host, PQ_MQTT_PORT: port } = settings.broker
  return `mosquitto_pub -h ${host} -p ${port} -u '${site.id}' -P '${password}' -q 1 -t '${topic}' -m '${samplePayload(site)}'`
}

/** Could a topic of the stages match the filter? */
function overlapsStages(filter: string): boolean {
  const levels = filter.split('/')
  const meets = (root: string) =>
    root
      .split('/')
      .every((level, i) => levels.slice(0, i + 1).includes('#') || levels[i] === '+' || levels[i] === level)
  return meets(LIVE) || meets(CONTROL)
}

async function integration(
  registry: Registry,
  name: string,
  read: string[],
  write: string[],
  json: boolean,
): Promise<string> {
  if (read.length + write.length === 0)
    throw new UsageError('an integration needs at least one --read or --write filter')
  if (!ID_PATTERN.test(name))
    throw new UsageError(`"${name}": a name has letters, digits, "-", "_" and ".", at most 64`)
  const closed = write.find((filter) => overlapsStages(filter))
  if (closed)
    throw new UsageError(`${closed} reaches ${LIVE}/# or ${CONTROL}/#, which only the stages of the platform write`)
  if (await registry.site(name)) throw new UsageError(`${name} is a site; give the integration another name`)
  if (isStageName(name)) throw new UsageError(`${name} is a stage of the platform; give the integration another name`)
  for (const filter of [...read, ...write]) {
    if (!/^(#|([^#+\0]*|\+)(\/([^#+/\0]*|\+))*(\/#)?)$/u.test(filter))
      throw new UsageError(`"${filter}" is not an MQTT topic filter`)
  }
  const password = generateSecret()
  await registry.putAccount({
    username: name,
    role: 'integration',
    ...hashSecret(password),
    readFilters: read,
    writeFilters: write,
    createdAt: Date.now(),
  })
  return json
    ? JSON.stringify({ username: name, password })
    : `username ${name}\npassword ${password}\nreads    ${read.join(' ') || '-'}\nwrites   ${write.join(' ') || '-'}`
}

async function list(registry: Registry, json: boolean): Promise<string> {
  const accounts = (await registry.accounts()).map(({ username, role, readFilters, writeFilters, createdAt }) => ({
    username,
    role,
    readFilters,
    writeFilters,
    createdAt: new Date(createdAt).toISOString(),
  }))
  if (json) return JSON.stringify(accounts)
  return (
    accounts.map((a) => `${a.role.padEnd(12)}${a.username.padEnd(28)}${a.createdAt}`).join('\n') || 'no accounts yet'
  )
}

await runCommand(USAGE, async (args) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      read: { type: 'string', multiple: true, default: [] },
      write: { type: 'string', multiple: true, default: [] },
    },
  })
  const [verb, name] = positionals
  const settings = readSettings(process.env)
  const registry = await registryForCommand(settings)
  try {
    if (verb === 'list') return await list(registry, values.json)
    if (name && verb === 'credential') return await credential(registry, settings, name, values.json)
    if (name && verb === 'integration') return await integration(registry, name, values.read, values.write, values.json)
    if (name && verb === 'revoke') {
      if (!(await registry.deleteAccount(name)))
        throw new UsageError(`there is no account ${name}; \`devices list\` shows them`)
      return `${name} may no longer connect`
    }
    throw new UsageError(verb ? `devices ${verb} needs a name, or is not a command` : 'say what to do')
  } finally {
    await registry.close()
  }
})
