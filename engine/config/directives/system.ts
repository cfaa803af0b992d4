import { choice, flag, INT_MAX, integer, LLONG_MAX, text } from '../kinds.ts';
import { notifyEvents } from '../notify-kind.ts';
import { oomScores, percentiles, shutdownWords, titleProblem } from '../special-kinds.ts';

/** The process, its logs, and what it measures. */
export const system = {
  databases: integer(1, INT_MAX, { default: '16', immutable: true, about: 'Number of databases.' }),
  daemonize: flag({ default: 'no', immutable: true, later: 'process', about: 'Run in the background.' }),
  supervised: choice(['upstart', 'systemd', 'auto', 'no'], {
    default: 'no',
    immutable: true,
    later: 'process',
    about: 'Report readiness to a supervisor.',
  }),
  pidfile: text({ default: '', immutable: true, about: 'File for the process id.' }),
  loglevel: choice(['debug', 'verbose', 'notice', 'warning'], {
    default: 'notice',
    about: 'Least important messages to log.',
  }),
  logfile: text({ default: '', immutable: true, about: 'File to log to; empty for standard output.' }),
  'syslog-enabled': flag({ default: 'no', immutable: true, later: 'process', about: 'Log to syslog.' }),
  'syslog-ident': text({ default: 'redis', immutable: true, later: 'process', about: 'Name in syslog.' }),
  'syslog-facility': choice(['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'], {
    default: 'local0',
    immutable: true,
    later: 'process',
    about: 'Facility in syslog.',
  }),
  'always-show-logo': flag({ default: 'no', immutable: true, later: 'not applicable', about: 'Logo at start.' }),
  'set-proc-title': flag({
    default: 'yes',
    immutable: true,
    later: 'process',
    about: 'Show more in the process title.',
  }),
  'proc-title-template': text(
    { default: '{title} {listen-addr} {server-mode}', later: 'process', about: 'Form of the process title.' },
    titleProblem,
  ),
  'shutdown-timeout': integer(0, INT_MAX, { default: '10', about: 'Seconds that a shutdown may take.' }),
  'shutdown-on-sigint': shutdownWords({ default: 'default', about: 'What SIGINT does.' }),
  'shutdown-on-sigterm': shutdownWords({ default: 'default', about: 'What SIGTERM does.' }),
  'crash-log-enabled': flag({ default: 'yes', later: 'process', about: 'Report on a crash.' }),
  'crash-memcheck-enabled': flag({ default: 'yes', later: 'process', about: 'Test memory after a crash.' }),
  'use-exit-on-panic': flag({ default: 'no', hidden: true, later: 'process', about: 'Exit instead of abort.' }),
  'watchdog-period': integer(0, INT_MAX, {
    default: '0',
    hidden: true,
    later: 'process',
    about: 'Milliseconds after which a stalled server logs its stack.',
  }),
  'disable-thp': flag({
    default: 'yes',
    immutable: true,
    later: 'process',
    about: 'Switch transparent huge pages off.',
  }),
  'ignore-warnings': text({ default: '', later: 'process', about: 'Warnings not to stop for.' }),
  'oom-score-adj-values': oomScores({
    default: '0 200 800',
    later: 'process',
    about: "Scores for the kernel's OOM killer.",
  }),
  server_cpulist: text({ default: '', immutable: true, later: 'threads', about: 'CPUs of the server.' }),
  bio_cpulist: text({ default: '', immutable: true, later: 'threads', about: 'CPUs of background jobs.' }),
  aof_rewrite_cpulist: text({ default: '', immutable: true, later: 'persistence', about: 'CPUs of log rewrites.' }),
  bgsave_cpulist: text({ default: '', immutable: true, later: 'persistence', about: 'CPUs of snapshots.' }),
  hz: integer(0, INT_MAX, { default: '10', about: 'Background rounds a second, 1 to 500.' }, [1, 500]),
  'dynamic-hz': flag({ default: 'yes', later: 'not applicable', about: 'More rounds with more clients.' }),
  'io-threads-do-reads': flag({
    default: 'no',
    immutable: true,
    later: 'not applicable',
    about: 'Every front-end thread reads here.',
  }),
  'enable-protected-configs': choice(['no', 'yes', 'local'], {
    default: 'no',
    immutable: true,
    about: 'Who may CONFIG SET sensitive paths.',
  }),
  'enable-debug-command': choice(['no', 'yes', 'local'], {
    default: 'no',
    immutable: true,
    about: 'Who may use DEBUG.',
  }),
  'enable-module-command': choice(['no', 'yes', 'local'], {
    default: 'no',
    immutable: true,
    later: 'not applicable',
    about: 'Who may use MODULE.',
  }),
  'slowlog-log-slower-than': integer(-1, LLONG_MAX, {
    default: '10000',
    about: 'Microseconds from which a command is slow; -1 for never.',
  }),
  'slowlog-max-len': integer(0, LLONG_MAX, { default: '128', about: 'Entries of the slow log.' }),
  'latency-monitor-threshold': integer(0, LLONG_MAX, {
    default: '0',
    about: 'Milliseconds from which an event is recorded; 0 for none.',
  }),
  'latency-tracking': flag({ default: 'yes', about: 'Latency histograms per command.' }),
  'latency-tracking-info-percentiles': percentiles({
    default: '50 99 99.9',
    about: 'Percentiles shown by INFO latencystats.',
  }),
  'notify-keyspace-events': notifyEvents({
    default: '',
    later: 'transactions and pubsub',
    about: 'Events published about keys.',
  }),
} as const;
