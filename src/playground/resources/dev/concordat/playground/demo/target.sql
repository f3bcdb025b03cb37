-- The storefront's database (MariaDB). Other names and types than the source has, as it goes between two teams.
CREATE TABLE order_view (
    id           bigint         NOT NULL PRIMARY KEY,
    region       varchar(16)    NOT NULL,
    state        varchar(32)    NOT NULL,
    amount       decimal(14, 4) NOT NULL,
    updated_at   datetime(3)    NOT NULL COMMENT 'UTC',
    attributes   longtext       NOT NULL CHECK (json_valid(attributes)),
    display_name varchar(200)   NOT NULL,
    row_version  bigint         NOT NULL,
    probe_token  varchar(40),
    shelf_note   varchar(200) COMMENT 'written by shop staff, unknown to the source'
) DEFAULT CHARSET = utf8mb4;

GRANT SELECT, INSERT, UPDATE, DELETE ON order_view TO replicator@'%';
GRANT SELECT ON order_view TO concordat_reader@'%';
