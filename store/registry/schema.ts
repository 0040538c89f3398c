import type { ChangeTopic } from './port.ts'

/** The tables, alike on both databases: documents are JSON as text. */
export interface Tables {
  sites: { id: string; kind: string; ward: string | null; document: string }
  links: { id: string; kind: string; a: string; b: string; document: string }
  /** Without the members, which have a table of their own. */
  groups: { id: string; kind: string; document: string }
  group_members: { group_id: string; position: number; member_id: string }
  accounts: {
    username: string
    role: string
    salt: string
    secret_hash: string
    /** JSON arrays of topic filters. */
    read_filters: string
    write_filters: string
    /** Epoch ms. */
    created_at: number
  }
  revisions: { topic: ChangeTopic; revision: number }
  facts: { name: string; value: string }
}
