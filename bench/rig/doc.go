// Package rig is what the benchmarks stand on: it starts servers on databases of their own, talks to them at little cost and watches
// what they use.
package rig
