// A worker: CRC-32 (IEEE 802.3) of a piece of a file, eight bytes at a time; answers base64 of four bytes, big-endian.
const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xEDB88320 : crc >>> 1;
  TABLES[0][n] = crc;
}
for (let n = 0; n < 256; n++) {
  for (let t = 1; t < 8; t++) TABLES[t][n] = (TABLES[t - 1][n] >>> 8) ^ TABLES[0][TABLES[t - 1][n] & 255];
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES;
const STEP = 4 * 1024 * 1024;

const update = (crc, buffer) => {
  const words = buffer.byteLength >>> 3;
  const view = new Int32Array(buffer, 0, words * 2); // little-endian, as every machine with a browser is
  for (let n = 0; n < view.length; n += 2) {
    const a = crc ^ view[n];
    const b = view[n + 1];
    crc = T7[a & 255] ^ T6[(a >>> 8) & 255] ^ T5[(a >>> 16) & 255] ^ T4[a >>> 24]
      ^ T3[b & 255] ^ T2[(b >>> 8) & 255] ^ T1[(b >>> 16) & 255] ^ T0[b >>> 24];
  }
  for (const byte of new Uint8Array(buffer, words * 8)) crc = (crc >>> 8) ^ T0[(crc ^ byte) & 255];
  return crc;
};

const crc32 = async (blob) => {
  let crc = -1;
  for (let at = 0; at < blob.size; at += STEP) crc = update(crc, await blob.slice(at, at + STEP).arrayBuffer());
  crc = ~crc;
  return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
};

addEventListener('message', async ({ data: { id, blob } }) => {
  try {
    postMessage({ id, crc32: await crc32(blob) });
  } catch (error) { // the file was moved, changed, or may not be read
    postMessage({ id, error: error.name });
  }
});
