// A hand with programs that we did not write: oscquery lists the tree, node-osc moves a value.
//   node oscquery_hand.cjs HOST PORT PATH VALUE    HOST - is whoever says by multicast DNS that he is at PORT
// Prints one line of JSON: what it found before and after.
const { OSCQueryDiscovery } = require("oscquery");
const { Client } = require("node-osc");

const LOOKS = 200; // every look is a whole tree over HTTP

async function find(host, port) {
  const discovery = new OSCQueryDiscovery();
  if (host !== "-") {
    return discovery.queryNewService(host, Number(port));
  }
  const found = new Promise((resolve) =>
    discovery.on("up", (service) => service.port === Number(port) && resolve(service)),
  );
  discovery.start();
  const service = await found;
  discovery.stop();
  return service;
}

async function main([host, port, path, value]) {
  const service = await find(host, port);
  const before = { host: service.hostInfo, methods: service.flat() };
  const osc = new Client(service.hostInfo.oscIp ?? service.address, service.hostInfo.oscPort);
  await new Promise((resolve, reject) => osc.send(path, Number(value), (e) => (e ? reject(e) : resolve())));
  let after = null;
  for (let look = 0; look < LOOKS && after !== Number(value); look++) {
    await service.update();
    after = service.resolvePath(path).getValue(0);
  }
  osc.close();
  console.log(JSON.stringify({ ...before, address: service.address, port: service.port, after }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
