;; Uses structures that a collector would have to clear
;; with memory realloc describe answer price batch
(type $pair (struct (field i32)))
