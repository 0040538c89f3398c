import type { Group, Inventory, Link, Site } from '../../domain/inventory.ts'

/** Who may connect to the broker. The secret itself is never kept. */
export interface Account {
  username: string
  /** `device`: its username is a site id. `integration`: reads and writes by explicit filters. */
  role: 'device' | 'integration'
  /** Hex. */
  salt: string
  /** Hex, SHA-256 of salt bytes followed by the secret's UTF-8 bytes. */
  secretHash: string
  /** MQTT topic filters; integrations only. */
  readFilters: string[]
  writeFilters: string[]
  createdAt: number
}

/** What changed, so that readers know what to read again. */
export type ChangeTopic = 'inventory' | 'accounts'

/** Sites, links, groups and accounts: what must outlive every process. */
export interface Registry {
  sites(): Promise<Site[]>
  site(id: string): Promise<Site | undefined>
  links(): Promise<Link[]>
  groups(): Promise<Group[]>
  /** Writes all of it or nothing. `replace` removes what the inventory does not hold. */
  importInventory(inventory: Inventory, options: { replace: boolean }): Promise<void>
  putSite(site: Site): Promise<void>
  /** Also removes its links, its group memberships and its credential. False: there was none. */
  deleteSite(id: string): Promise<boolean>
  putLink(link: Link): Promise<void>
  deleteLink(id: string): Promise<boolean>

  account(username: string): Promise<Account | undefined>
  accounts(): Promise<Account[]>
  putAccount(account: Account): Promise<void>
  deleteAccount(username: string): Promise<boolean>

  /** A number per topic that rises with every change, from whichever process: poll it. */
  revisions(): Promise<Record<ChangeTopic, number>>
  /** Small facts about the installation itself. */
  getFact(name: string): Promise<string | undefined>
  setFact(name: string, value: string): Promise<void>
  close(): Promise<void>
}
