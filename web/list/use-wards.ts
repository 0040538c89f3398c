import { useQuery } from '@tanstack/react-query'
import { fetchLayer } from '../fetch.ts'

/** A base layer of the map; it never changes while the page is open. */
export const layerQuery = (name: Parameters<typeof fetchLayer>[0]) => ({
  queryKey: ['layer', name],
  queryFn: ({ signal }: { signal: AbortSignal }) => fetchLayer(name, signal),
  staleTime: Number.POSITIVE_INFINITY,
})

const none: ReadonlyMap<string, string> = new Map()

/** Names of the wards by id, in Vietnamese order. */
export function useWards(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    ...layerQuery('wards'),
    select: (layer) =>
      new Map(
        layer.features
          .map(({ properties }): [string, string] => [String(properties['id']), String(properties['name'])])
          .sort((a, b) => a[1].localeCompare(b[1], 'vi')),
      ),
  })
  return data ?? none
}
