package geotiff

import (
	"container/list"
	"sync"
)

// cacheBytes bounds the decoded blocks that an open file keeps: enough for a
// row of 512-cell tiles across a mosaic of 32,000 columns.
const cacheBytes = 64 << 20

// blockKey names a block of a band of an image of the file.
type blockKey struct {
	image       *layout
	band, index int
}

// block is a decoded block: its heights, or one height for all its cells.
type block struct {
	key    blockKey
	once   sync.Once
	cells  []float32 // nil: all are fill
	fill   float32
	err    error
	weight int
}

// cache keeps the blocks that were used last. Several goroutines that want
// the same block wait for the first one to decode it.
type cache struct {
	mu     sync.Mutex
	blocks map[blockKey]*list.Element
	order  list.List // the last used first
	bytes  int
}

// get gives a block, decoding it if it is not kept. What failed is tried
// again the next time.
func (c *cache) get(key blockKey, weight int, decode func(*block) error) (*block, error) {
	b := c.entry(key, weight)
	b.once.Do(func() { b.err = decode(b) })
	if b.err != nil {
		c.drop(b)
	}
	return b, b.err
}

// entry finds or makes the place of a block, and lets the oldest ones go.
func (c *cache) entry(key blockKey, weight int) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.blocks[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*block)
	}
	b := &block{key: key, weight: weight}
	c.blocks[key] = c.order.PushFront(b)
	c.bytes += weight
	for c.bytes > cacheBytes && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
	return b
}

// drop forgets a block, if it is still the one that is kept.
func (c *cache) drop(b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.blocks[b.key]; ok && e.Value.(*block) == b {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	b := c.order.Remove(e).(*block)
	delete(c.blocks, b.key)
	c.bytes -= b.weight
}

// clear forgets all blocks. Readers that hold one keep it.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.blocks)
	c.order.Init()
	c.bytes = 0
}

func newCache() *cache { return &cache{blocks: map[blockKey]*list.Element{}} }
