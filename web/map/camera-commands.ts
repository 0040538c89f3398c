/** What buttons and keys ask of the map's camera; they do nothing while there is no map. */
export const camera: {
  zoomIn(): void
  zoomOut(): void
  island(): void
  to(lon: number, lat: number, zoom: number): void
} = {
  zoomIn: () => undefined,
  zoomOut: () => undefined,
  island: () => undefined,
  to: () => undefined,
}
