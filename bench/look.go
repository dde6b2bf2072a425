package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"praetor/bench/rig"
)

// A number is worth nothing when the answer is wrong, so before a reading workload is timed both servers are asked the same and what
// they say is compared, without ids and times of their own.

func lookAtRun(ctx context.Context, s *server, client *rig.API) (any, error) {
	var run struct {
		Name       string         `json:"name"`
		Tags       []string       `json:"tags"`
		Parameters map[string]any `json:"parameters"`
		State      string         `json:"state_type"`
		Expected   string         `json:"expected_start_time"`
	}
	err := client.Call(ctx, "GET", "/flow_runs/"+s.world.runs[len(s.world.runs)/2], nil, &run)
	return run, err
}

func lookAtFilter(ctx context.Context, s *server, client *rig.API) (any, error) {
	var names [variants][]string
	for i := range variants {
		var runs []struct {
			Name string `json:"name"`
		}
		if err := client.Call(ctx, "POST", "/flow_runs/filter", s.world.filterBody(i, true), &runs); err != nil {
			return nil, err
		}
		for _, run := range runs {
			names[i] = append(names[i], run.Name)
		}
	}
	if len(names[0]) == 0 {
		return nil, errors.New("the first filter finds nothing: the world is too small")
	}
	return names, nil
}

func lookAtCount(ctx context.Context, s *server, client *rig.API) (any, error) {
	var counts [variants]int
	for i := range variants {
		if err := client.Call(ctx, "POST", "/flow_runs/count", s.world.filterBody(i, false), &counts[i]); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

func lookAtHistory(ctx context.Context, s *server, client *rig.API) (any, error) {
	var buckets []struct {
		Start  string `json:"interval_start"`
		States []struct {
			Type  string `json:"state_type"`
			Name  string `json:"state_name"`
			Count int    `json:"count_runs"`
		} `json:"states"`
	}
	if err := client.Call(ctx, "POST", "/flow_runs/history", s.world.historyBody(0), &buckets); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, bucket := range buckets {
		for _, state := range bucket.States {
			counts[fmt.Sprint(bucket.Start, " ", state.Type, " ", state.Name)] += state.Count
		}
	}
	if len(counts) == 0 {
		return nil, errors.New("the history is empty: the world is too small")
	}
	return counts, nil
}

func lookAtLogs(ctx context.Context, s *server, client *rig.API) (any, error) {
	var lines []struct {
		Level   int    `json:"level"`
		Message string `json:"message"`
	}
	err := client.Call(ctx, "POST", "/logs/filter", logsBody(s.world.runs[0]), &lines)
	if err == nil && len(lines) == 0 {
		err = errors.New("the first run has no log lines")
	}
	return lines, err
}

// compare says in what the servers' answers differ, or nothing.
func (w workload) compare(ctx context.Context, servers []*server) (string, error) {
	if w.look == nil {
		return "", nil
	}
	var seen []any
	for _, s := range servers {
		client := s.API()
		answer, err := w.look(ctx, s, client)
		client.Conn.Close()
		if err != nil {
			return "", fmt.Errorf("%s, %s: %w", w.name, s.Name, err)
		}
		seen = append(seen, answer)
	}
	if reflect.DeepEqual(seen[0], seen[1]) {
		return "", nil
	}
	return fmt.Sprintf("%s: %.400v; %s: %.400v", servers[0].Name, seen[0], servers[1].Name, seen[1]), nil
}
