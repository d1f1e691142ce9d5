package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"vedette/internal/app"
	"vedette/internal/control"
)

// serveCommand runs the live side.
type serveCommand struct {
	dataFlag
	Area     string `arg:"" help:"Area file (*.area.geojson)." type:"existingfile"`
	Settings string `help:"File of settings; vedette settings prints one to begin with." type:"path"`
	NATS     string `help:"Keep the journal on this NATS server with JetStream, instead of inside the process." name:"nats" placeholder:"URL"`
}

// Help is what kong prints below the usage.
func (serveCommand) Help() string {
	return "Without settings it listens to this machine only: the map and the HTTP API on 127.0.0.1:8080,\n" +
		"TAK clients on 127.0.0.1:8087, and with certificates on 8089. Ctrl-C stops it; what was\n" +
		"acknowledged is on disk before, and there again after the next start."
}

func (cmd *serveCommand) Run(c *console) error {
	area, err := app.OpenArea(cmd.Area)
	if err != nil {
		return err
	}
	s, err := app.ReadSettings(cmd.Settings, os.Environ())
	if err != nil {
		return err
	}
	if cmd.NATS != "" {
		s.Journal.NATS = cmd.NATS
	}
	handler, err := s.Log.Handler(c.err)
	if err != nil {
		return err
	}
	return app.Live(c, app.LiveOptions{
		Area: area, Data: cmd.Data, Settings: s, Version: version(), Log: slog.New(handler),
		Tell: func(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) },
		Do: func(ctx context.Context, live *app.Running, call control.Call, to control.Streams) int {
			return done(ctx, live, call, to)
		},
	})
}
