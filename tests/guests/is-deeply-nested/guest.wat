;; Nests blocks deeper than a rule can need
;; with memory realloc describe answer price batch
(func (; repeat 5000 ;) block (; end ;) (; repeat 5000 ;) end (; end ;))
