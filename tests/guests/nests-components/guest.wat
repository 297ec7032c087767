;; Nests components in components
(component (; repeat 60 ;) (component (; end ;) (; repeat 60 ;) ) (; end ;))
