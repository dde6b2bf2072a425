package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"praetor/bench/rig"
)

// measureDatabase does everything on one kind of database: starts, filling, idling, workloads.
func measureDatabase(ctx context.Context, cfg config, kind string, out progress) (part databaseResults, err error) {
	root, err := filepath.Abs(filepath.Join(cfg.out, kind))
	if err != nil {
		return part, err
	}
	data := filepath.Join(root, "data")
	for _, dir := range []string{root, data} {
		// What an earlier run left would be an existing database, or a log of another run.
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			return part, err
		}
	}
	db, err := rig.OpenDatabase(ctx, cfg.postgres, kind, data)
	if err != nil {
		return part, err
	}
	servers := []*server{
		{Server: &rig.Server{Name: "reference", Command: cfg.reference, DB: db, Dir: filepath.Join(root, "reference"), Timeout: cfg.timeout}},
		{Server: &rig.Server{Name: "praetor", Command: cfg.praetor, DB: db, Dir: filepath.Join(root, "praetor"), Timeout: cfg.timeout}},
	}
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.Kill())
		}
		// Also after an interrupt the databases go.
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), rig.KillLimit)
		defer cancel()
		err = errors.Join(err, db.Close(cleanup))
	}()
	for _, s := range servers {
		s.Encode.Compress = cfg.compress
	}

	part = databaseResults{Database: kind, Version: db.Version, Servers: map[string]*serverResults{}}
	out.say("%s\n", kind)
	urls, err := prepare(ctx, cfg, servers, &part, out)
	if err != nil {
		return part, err
	}
	for _, s := range servers {
		if _, err := s.Start(ctx, urls[s.Name]); err != nil {
			return part, err
		}
	}
	for _, s := range servers {
		if err := s.watchIdle(ctx, cfg, part.Servers[s.Name]); err != nil {
			return part, err
		}
	}
	for _, w := range workloads() {
		if len(cfg.only) > 0 && !cfg.only[w.name] {
			continue
		}
		result, err := w.play(ctx, servers, cfg, out)
		if err != nil {
			return part, err
		}
		part.Workloads = append(part.Workloads, result)
	}
	for _, s := range servers {
		r := part.Servers[s.Name]
		if r.Memory, err = rig.MemoryOf(s.PID()); err != nil {
			return part, errors.Join(s.Alive(), err)
		}
		took, err := s.Stop()
		if err != nil {
			return part, err
		}
		r.StopAfterLoad = took.Seconds()
		out.say("  %-10s %s\n", s.Name, r.line())
	}
	return part, nil
}

// prepare times the starts on fresh and on filled databases. It returns the filled ones' URLs; no server runs afterwards.
func prepare(ctx context.Context, cfg config, servers []*server, part *databaseResults, out progress) (map[string]string, error) {
	urls := map[string]string{}
	for _, s := range servers {
		part.Servers[s.Name] = &serverResults{}
	}
	for n := range cfg.starts {
		for _, s := range servers {
			address, err := s.DB.Fresh(ctx, s.Name, n)
			if err != nil {
				return nil, err
			}
			urls[s.Name] = address // the last one is filled
			took, _, err := s.startAndStop(ctx, address)
			if err != nil {
				return nil, err
			}
			part.Servers[s.Name].FreshStarts = append(part.Servers[s.Name].FreshStarts, took.Seconds())
		}
	}
	now := time.Now().UTC().Truncate(time.Hour)
	for _, s := range servers {
		if _, err := s.Start(ctx, urls[s.Name]); err != nil {
			return nil, err
		}
		filled, err := s.seed(ctx, cfg, now)
		if err != nil {
			return nil, errors.Join(err, s.Alive())
		}
		part.Servers[s.Name].Seed = filled
		out.say("  filled %-10s %6.1f s, %d requests, %d answered 503\n", s.Name, filled.Seconds, filled.Requests, filled.Busy)
		if _, err := s.settle(ctx); err != nil {
			return nil, err
		}
		if _, err := s.Stop(); err != nil {
			return nil, err
		}
	}
	for range cfg.starts {
		for _, s := range servers {
			r := part.Servers[s.Name]
			took, stopped, err := s.startAndStop(ctx, urls[s.Name])
			if err != nil {
				return nil, err
			}
			r.ExistingStarts = append(r.ExistingStarts, took.Seconds())
			r.Stops = append(r.Stops, stopped.Seconds())
		}
	}
	return urls, nil
}

func (s *server) startAndStop(ctx context.Context, address string) (started, stopped time.Duration, err error) {
	if started, err = s.Start(ctx, address); err != nil {
		return 0, 0, err
	}
	// Stopped when it is quiet: SIGTERM in the middle of what follows the first answer is another matter.
	if _, err := s.settle(ctx); err != nil {
		return 0, 0, err
	}
	stopped, err = s.Stop()
	return started, stopped, err
}

// watchIdle measures what the server uses when nobody asks it anything.
func (s *server) watchIdle(ctx context.Context, cfg config, r *serverResults) error {
	if _, err := s.settle(ctx); err != nil {
		return err
	}
	before, err := s.costs()
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := rig.Pause(ctx, cfg.idle); err != nil {
		return err
	}
	after, err := s.costs()
	if err != nil {
		return err
	}
	r.IdleCPUShare = (after.server - before.server).Seconds() / time.Since(begin).Seconds()
	idle, err := rig.MemoryOf(s.PID())
	r.IdleResident = idle.Resident
	return err
}

// versions asks both commands what they are.
func versions(ctx context.Context, cfg config) (map[string]string, error) {
	known := map[string]string{}
	for name, command := range map[string][]string{"reference": {cfg.reference, "--version"}, "praetor": {cfg.praetor, "version"}} {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Env = rig.CleanEnvironment()
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
		}
		first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		known[name] = strings.TrimSpace(first)
	}
	return known, nil
}

// median of an odd or even number of values; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}
