;; Wants a function that nobody has
(component (import "prices-of-others" (func (result u64))))
