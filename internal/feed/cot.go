package feed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"vedette/internal/tactical"
	"vedette/wire/cot"
)

// How often a TAK server is asked whether it is there, and after how long
// without a byte from it the connection counts as lost.
const (
	pingEvery = 20 * time.Second
	pingLost  = 65 * time.Second
)

// cotFeed is a client of another TAK server. It only listens: it sends pings,
// and pongs where it is asked for one. An offer of protobuf it leaves without
// an answer, and the stream stays XML.
type cotFeed struct{ config Config }

func (f *cotFeed) Run(ctx context.Context, out *Out) error {
	conn, err := dial(ctx, f.config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	c := &cotClient{conn: conn, out: out, uid: "vedette-" + f.config.Name}
	var pinging sync.WaitGroup
	defer pinging.Wait()
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	out.Connected()
	pinging.Go(func() {
		if err := c.pingForEver(ctx); err != nil && ctx.Err() == nil {
			cancel(err)
		}
	})
	err = pump(ctx, aliveReader{conn}, c)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// aliveReader gives up on a server that says nothing at all, not even a pong.
type aliveReader struct{ net.Conn }

func (r aliveReader) Read(p []byte) (int, error) {
	if err := r.SetReadDeadline(time.Now().Add(pingLost)); err != nil {
		return 0, err
	}
	return r.Conn.Read(p)
}

// cotClient is one connection.
type cotClient struct {
	conn     net.Conn
	out      *Out
	uid      string
	splitter cot.Splitter
}

func (c *cotClient) pingForEver(ctx context.Context) error {
	for {
		if err := c.send(cot.NewPing(c.uid, time.Now())); err != nil {
			return err
		}
		if sleep(ctx, pingEvery) != nil {
			return nil
		}
	}
}

// send writes an event. A connection takes writes of several goroutines whole.
func (c *cotClient) send(e *cot.Event) error {
	b, err := e.AppendXML(nil)
	if err != nil {
		return fmt.Errorf("write a message to the server: %w", err)
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return fmt.Errorf("send to the server: %w", err)
	}
	if _, err := c.conn.Write(b); err != nil {
		return fmt.Errorf("send to the server: %w", err)
	}
	return nil
}

func (c *cotClient) end() {}

func (c *cotClient) take(ctx context.Context, chunk []byte) error {
	c.splitter.Feed(chunk)
	for {
		doc, err := c.splitter.Next()
		if err != nil {
			c.out.Refused(string(cot.ReasonOf(err)))
			continue
		}
		if doc == nil {
			return nil
		}
		if err := c.event(ctx, doc); err != nil {
			return err
		}
	}
}

func (c *cotClient) event(ctx context.Context, doc []byte) error {
	e, err := cot.Parse(doc)
	if err != nil {
		c.out.Refused(string(cot.ReasonOf(err)))
		return nil
	}
	if e.IsPing() {
		return c.send(cot.NewPong(c.uid, time.Now()))
	}
	o, err := tactical.FromEvent(e, tactical.Sender{Received: time.Now()})
	switch {
	case errors.Is(err, tactical.ErrOther):
		if !e.IsControl() {
			c.out.Refused(noObservation)
		}
		return nil
	case err != nil:
		c.out.Refused(string(cot.ReasonOf(err)))
		return nil
	}
	return c.out.Offer(ctx, &o)
}
