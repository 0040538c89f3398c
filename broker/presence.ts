import type { BrokerContext } from './context.ts'
import { giveUp } from './delivery.ts'
import { readAccounts, readSites, stillValid } from './identity.ts'
import type { SpeakingClient } from './speaker.ts'

/** Who is connected, as evidence in the journal, and who may not be any longer. */

/** A client is registered. */
export function enter(context: BrokerContext, client: SpeakingClient): void {
  const { speaker } = client
  if (!speaker || client.conn.destroyed) {
    giveUp(context, client, [...(client.granted ?? [])])
    return
  }
  // The registry may have changed since it was let in, when it could not be found among the connected yet.
  if (!stillValid(context.directory, speaker)) {
    giveUp(context, client, [...(client.granted ?? [])])
    client.close()
    return
  }
  const twin = context.byId.get(client.id)
  // [MQTT-3.1.4-2]; the library misses a client whose registration an earlier one took along when it closed.
  if (twin && twin !== client) twin.close()
  context.byId.set(client.id, client)
  join(context.byAccount, speaker.account, client)
  if (speaker.site) {
    join(context.bySite, speaker.site.siteId, client)
    // Whatever became of its earlier connections, it is back.
    context.sessions.dropOrphanWills(speaker.site.topics.status)
  }
  context.counters.connects += 1
  client.conn.once('close', () => leave(context, client))
  record(context, client, 'connected')
}

/** A client is gone. Called from two sides; the second time nothing is left to do. */
export function leave(context: BrokerContext, client: SpeakingClient): void {
  if (!part(context.byAccount, client.speaker?.account ?? '', client)) return
  part(context.bySite, client.speaker?.site?.siteId ?? '', client)
  giveUp(context, client, [...(client.granted ?? [])])
  if (context.byId.get(client.id) === client) context.byId.delete(client.id)
  context.counters.disconnects += 1
  if (!context.stopping) record(context, client, 'disconnected')
}

type Clients = Map<string, Set<SpeakingClient>>

function join(clients: Clients, key: string, client: SpeakingClient): void {
  const present = clients.get(key) ?? new Set()
  clients.set(key, present.add(client))
}

function part(clients: Clients, key: string, client: SpeakingClient): boolean {
  const present = clients.get(key)
  if (!present?.delete(client)) return false
  if (present.size === 0) clients.delete(key)
  return true
}

/** Has the site a connection that still lives? A device that returns does not wait for its old ones to time out. */
export function isPresent(context: BrokerContext, siteId: string): boolean {
  for (const client of context.bySite.get(siteId) ?? []) if (!client.closed && !client.conn.destroyed) return true
  return false
}

/** Writes a connection event of a site; `done` as the journal has it. */
export function record(
  context: BrokerContext,
  client: SpeakingClient,
  event: 'connected' | 'disconnected',
  done?: (error?: Error) => void,
): void {
  const site = client.speaker?.site
  if (!site) {
    done?.()
    return
  }
  site.lastReceivedAt = Math.max(context.clock.now(), site.lastReceivedAt + 1)
  const { transport, address } = client.door
  const evidence = { event, transport, address, clientId: client.claim?.clientId ?? '' }
  const payload = Buffer.from(
    JSON.stringify(event === 'connected' ? evidence : { ...evidence, cause: causeOf(client) }),
  )
  const { kind, siteId, lastReceivedAt: receivedAt } = site
  context.journal.append({ type: 'connection', kind, siteId, receivedAt, payload }, done)
}

function causeOf(client: SpeakingClient): string {
  const { _disconnected: said } = client as unknown as { _disconnected?: boolean }
  return client.cause ?? (said ? 'disconnect' : 'connection lost')
}

/** Looks whether the registry has changed, and ends the connections of whoever is no longer what it was. */
export async function followRegistry(
  context: BrokerContext,
  seen: Record<'inventory' | 'accounts', number>,
): Promise<void> {
  const { directory } = context
  const now = await directory.registry.revisions()
  if (now.accounts === seen.accounts && now.inventory === seen.inventory) return
  if (now.inventory !== seen.inventory) await readSites(directory)
  if (now.accounts !== seen.accounts) for (const gone of await readAccounts(directory)) context.sessions.forget(gone)
  Object.assign(seen, now)
  for (const client of context.byId.values()) {
    if (!client.speaker || stillValid(directory, client.speaker)) continue
    client.cause = 'its account has changed'
    client.close()
  }
}
