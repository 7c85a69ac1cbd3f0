// The live feed: one client for the whole page, listening for notification, system and heartbeat.

import { ConnectionStrip } from './connection-strip.js';
import { part, stamp, timeOfDay } from './dom.js';
import { Sparkline } from './sparkline.js';
import { logClient, logRequest } from './wire.js';

const PATH = '/events';
const MOST_NOTIFICATIONS = 50;

export class Feed {
  #client;
  #list = part('notifications');
  #metrics = new Map();
  #heartbeatAt = null;

  /** `onConnection` is called whenever the state of the connection changes. */
  constructor({ log, onConnection }) {
    for (const tile of document.querySelectorAll('[data-metric]')) {
      this.#metrics.set(tile.dataset.metric, {
        figure: tile.querySelector('output'),
        spark: new Sparkline(tile.querySelector('svg')),
      });
    }
    setInterval(() => this.#showHeartbeat(), 1000);

    const client = new SSEFetch.SSEClient(PATH, {
      backoff: { max: 10_000 },
      headers: (attempt) => {
        logRequest(log, 'feed', `GET ${PATH}`, attempt);
        return {};
      },
    });
    client.on('notification', (notification) => this.#notify(notification));
    client.on('system', (figures) => this.#measure(figures));
    client.on('heartbeat', () => this.#beat());
    client.on('state', onConnection);
    logClient(log, 'feed', client);
    this.#client = client;
    new ConnectionStrip(part('feed-connection'), { connect: () => client.connect() }).watch(client);
  }

  connect() {
    this.#client.connect();
  }

  #notify({ id, title, body, at }) {
    const item = stamp('notification-template');
    const time = item.querySelector('time');
    const date = new Date(at);
    item.dataset.id = id;
    item.querySelector('h3').textContent = title;
    item.querySelector('p').textContent = body;
    time.textContent = timeOfDay(date);
    if (time.textContent !== '') time.dateTime = date.toISOString();
    this.#list.prepend(item);
    if (this.#list.childElementCount > MOST_NOTIFICATIONS) this.#list.lastElementChild.remove();
    part('notifications-empty').hidden = true;
  }

  #measure(figures) {
    for (const [name, { figure, spark }] of this.#metrics) {
      const value = figures[name];
      if (typeof value !== 'number') continue;
      const unit = document.createElement('small');
      unit.textContent = name === 'connections' ? '' : '%';
      figure.replaceChildren(String(Math.round(value)), unit);
      spark.push(value);
    }
  }

  #beat() {
    this.#heartbeatAt = Date.now();
    const pulse = part('heartbeat').querySelector('.pulse');
    // Taking the class away and giving it back starts the ripple anew.
    pulse.classList.remove('alive');
    requestAnimationFrame(() => requestAnimationFrame(() => pulse.classList.add('alive')));
    this.#showHeartbeat();
  }

  #showHeartbeat() {
    if (this.#heartbeatAt === null) return;
    const seconds = Math.round((Date.now() - this.#heartbeatAt) / 1000);
    part('heartbeat-text').textContent = seconds === 0 ? 'Heartbeat just now' : `Last heartbeat ${seconds} s ago`;
  }
}
