package api

import "math"

// paging is the part of a query's body that bounds its answer.
type paging struct {
	Limit  *int64 `json:"limit" v:"clamp,early"` // nil: the default page size, which is the largest too
	Offset int64  `json:"offset" default:"0" v:"ge=0"`
}

func (p *paging) limitField() **int64 { return &p.Limit }

// numbered is paging by page number instead of offset.
type numbered struct {
	Limit *int64 `json:"limit" v:"clamp,early"`
	Page  int64  `json:"page" default:"1" v:"ge=1"`
}

func (n *numbered) limitField() **int64 { return &n.Limit }

// offset is how many come before the page; of one beyond all numbers, as many as there can be.
func (n *numbered) offset() int64 {
	if *n.Limit > 0 && n.Page-1 > math.MaxInt64 / *n.Limit {
		return math.MaxInt64
	}
	return (n.Page - 1) * *n.Limit
}

// pageOf is the answer to a query by page number.
type pageOf[T any] struct {
	Results []T   `json:"results"`
	Count   int64 `json:"count"`
	Limit   int64 `json:"limit"`
	Pages   int64 `json:"pages"`
	Page    int64 `json:"page"`
}

func newPage[T any](n *numbered, results []T, count int64) *pageOf[T] {
	p := &pageOf[T]{Results: results, Count: count, Limit: *n.Limit, Page: n.Page}
	if p.Limit > 0 {
		p.Pages = (count + p.Limit - 1) / p.Limit
	}
	return p
}
