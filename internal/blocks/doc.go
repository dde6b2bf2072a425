// Package blocks holds the rules of blocks: typed values that people keep on the server under a name, such as credentials.
// A block type is a kind of block, a block schema the fields of a type at one version, and a block document one block. Blocks
// may hold other blocks.
package blocks
