package main

import (
	"context"
	"errors"
	"fmt"

	"vedette/internal/app"
	"vedette/internal/control"
	"vedette/internal/durable"
)

// exited is the exit code of a command that has said all itself.
type exited int

func (e exited) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// within does the command where the data folder is open: in the server that
// serves it, or else here, by local. What the command was given to read
// (see passwordFlag) goes along.
func (c *console) within(data string, local func() error) error {
	if c.live != nil {
		return local()
	}
	code, err := control.Do(c, data, control.Call{Args: c.args, Input: c.input}, control.Streams{Out: c.out, Err: c.err, Create: c.create})
	switch {
	case errors.Is(err, control.ErrNobody):
		return local()
	case err != nil:
		return err
	case code != 0:
		return exited(code)
	}
	return nil
}

// create begins a file of whoever called.
func create(path string) (control.File, error) { return durable.Create(path) }

// done does a command within a server, for who asked by the socket.
func done(ctx context.Context, live *app.Running, call control.Call, s control.Streams) int {
	return (&console{Context: ctx, out: s.Out, err: s.Err, input: call.Input, create: s.Create, live: live}).run(call.Args)
}
