//go:build unix

package main

import (
	"syscall"
	"time"
)

// watch measures elapsed time and the processor time of the whole process,
// garbage collection and all.
type watch struct {
	wall time.Time
	cpu  time.Duration
}

func startWatch() watch { return watch{time.Now(), processorTime()} }

func (w watch) stop() spent {
	cpu := processorTime() - w.cpu
	return spent{Wall: time.Since(w.wall).Seconds(), CPU: cpu.Seconds()}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
