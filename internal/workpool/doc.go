// Package workpool holds the rules of work pools: which runs a worker is given and how many, in what order queues are served, what
// a poll and a heartbeat change, and what the template that workers start runs by must look like.
package workpool
