# The native cold store needs no compiler where its prebuilt binaries fit; python3, make and g++ are there for where they don't.
FROM node:20-bookworm-slim AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund --no-save
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
RUN groupadd --system stratakv \
  && useradd --system --gid stratakv --home-dir /data --shell /usr/sbin/nologin stratakv \
  && install --directory --owner=stratakv --group=stratakv /data
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --chmod=755 scripts/docker-entrypoint.sh ./docker-entrypoint.sh
USER stratakv
# The server's working directory: relative paths of its directives, such as the cold tier's, fall into the volume.
WORKDIR /data
VOLUME /data
EXPOSE 6379
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "/app/dist/tools/ping.js"]
ENTRYPOINT ["/app/docker-entrypoint.sh"]
CMD []
