UPDATE sweeps SET environment = '{', varied = 'x';
UPDATE trials SET config = '';
